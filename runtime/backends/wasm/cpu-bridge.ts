import * as tf from '@tensorflow/tfjs';
import type { WasmBackend, WasmKernel } from './memory.js';

/** Kernels the wasm backend lacks that run on the cpu backend's, on copies. Complex numbers cannot: it has no room for them. */
export const fromCpu = ['RaggedGather', 'RaggedRange', 'RaggedTensorToTensor', 'StaticRegexReplace'] as const;

interface CpuBackend extends tf.KernelBackend {
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: tf.BackendValues): tf.TensorInfo;
}

/** The kernel of the cpu backend, its inputs and results copied. */
export function onCpu(kernelName: string): WasmKernel {
  return ({ inputs, attrs, backend: given }) => {
    const backend = given as WasmBackend;
    const cpu = tf.findBackend('cpu') as CpuBackend;
    const moved = Object.entries(inputs).map(
      ([name, info]) => [name, toCpu(info as tf.TensorInfo, backend, cpu)] as const,
    );
    const named = Object.fromEntries(moved.map(([name, info]) => [name, info]));
    try {
      const results = tf.getKernel(kernelName, 'cpu').kernelFunc({ inputs: named, attrs: attrs!, backend: cpu });
      return Array.isArray(results)
        ? results.map((each) => fromInfo(each, backend, cpu))
        : fromInfo(results, backend, cpu);
    } finally {
      moved.forEach(([, info]) => cpu.disposeData(info.dataId));
    }
  };
}

function toCpu({ dataId, shape, dtype }: tf.TensorInfo, backend: WasmBackend, cpu: CpuBackend): tf.TensorInfo {
  // Some kernels of the cpu backend read the rank, as of a tensor.
  return { ...cpu.makeTensorInfo(shape, dtype, backend.readSync(dataId)), rank: shape.length } as tf.TensorInfo;
}

function fromInfo(info: tf.TensorInfo, backend: WasmBackend, cpu: CpuBackend): tf.TensorInfo {
  const { dataId, shape, dtype } = info;
  const values = cpu.readSync(dataId);
  const copy = { dataId: backend.write(values, shape, dtype), shape, dtype };
  cpu.disposeData(dataId);
  return copy;
}
