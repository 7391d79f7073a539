import * as tf from '@tensorflow/tfjs';

/** What the cpu backend of TensorFlow.js 4.22 has wrong. Idempotent. */
export function installCpuKernels(): void {
  if (installed) return;
  installed = true;
  const stock = tf.getKernel('TensorScatterUpdate', 'cpu') as tf.KernelConfig | undefined;
  if (stock === undefined) return;
  tf.unregisterKernel('TensorScatterUpdate', 'cpu');
  tf.registerKernel({ ...stock, kernelFunc: (call) => onCopy(stock, call as unknown as ScatterCall) });
}

let installed = false;

interface CpuBackend extends tf.KernelBackend {
  makeTensorInfo(shape: readonly number[], dtype: tf.DataType, values: tf.backend_util.TypedArray): tf.TensorInfo;
  disposeIntermediateTensorInfo(info: tf.TensorInfo): void;
}

interface ScatterCall {
  readonly inputs: { readonly tensor: tf.TensorInfo; readonly [name: string]: tf.TensorInfo };
  readonly attrs: tf.NamedAttrMap;
  readonly backend: CpuBackend;
}

/** The stock kernel writes the updates into its input. */
function onCopy({ kernelFunc }: tf.KernelConfig, { inputs, attrs, backend }: ScatterCall): tf.TensorInfo {
  const { shape, dtype, dataId } = inputs.tensor;
  const values = (backend.readSync(dataId) as tf.backend_util.TypedArray).slice();
  const tensor = backend.makeTensorInfo(shape, dtype, values);
  try {
    return kernelFunc({ inputs: { ...inputs, tensor }, attrs, backend }) as tf.TensorInfo;
  } finally {
    backend.disposeIntermediateTensorInfo(tensor);
  }
}
