import * as tf from '@tensorflow/tfjs';
import { kernelTable } from '../kernels/table.js';
import type { Chain, ChainRunner, ChainTarget } from './chain.js';

/** Chains on the cpu backend: JavaScript loops that round after each operation, as its kernels do. */
export const jsChains: ChainTarget = {
  supports: ({ kernelName, dtype }, args) => {
    if (!canGenerate() || (dtype !== 'float32' && dtype !== 'bool')) return false;
    if (args.length > 3 || args.some((arg) => arg.dtype !== 'float32' && arg.dtype !== 'bool')) return false;
    return moves.has(kernelName) || kernelTable.get(kernelName)?.element !== undefined;
  },
  worth: () => 2,
  compile: (chains, backend) => chains.map((chain) => compile(chain, backend as CpuBackend)),
};

/** Kernels that are the value itself once operands are broadcast and flags are numbers. */
const moves = new Set(['Cast', 'Tile', 'Identity']);

interface CpuBackend extends tf.KernelBackend {
  makeTensorInfo(shape: readonly number[], dtype: tf.DataType, values: tf.BackendValues): tf.TensorInfo;
  readonly data: { get(dataId: object): { readonly values: tf.BackendValues } };
}

/** False where a content security policy forbids code from text; operations then run one by one. */
function canGenerate(): boolean {
  try {
    return (new Function('return true') as () => boolean)();
  } catch {
    return false;
  }
}

function compile(chain: Chain, backend: CpuBackend): ChainRunner {
  const run = new Function('x', 'y', codeOf(chain)) as (
    inputs: tf.BackendValues[],
    outputs: tf.BackendValues[],
  ) => void;
  return (inputs) => {
    const results = chain.outputs.map(({ shape, dtype }) =>
      tf.util.getTypedArrayFromDType(dtype as 'float32', tf.util.sizeFromShape([...shape])),
    );
    run(
      inputs.map(({ dataId }) => backend.data.get(dataId).values),
      results,
    );
    return chain.outputs.map(({ shape, dtype }, i) => backend.makeTensorInfo(shape, dtype, results[i]!));
  };
}

/** `x` and `y` hold the arrays that are read and written; `x0` is one of them, `p0` the place in it, `v0` a value. */
function codeOf({ sizes, operands, constants, steps, outputs }: Chain): string {
  const lines = ['const f = Math.fround;'];
  operands.forEach((_, i) => lines.push(`const x${i} = x[${i}]; let p${i} = 0;`));
  outputs.forEach((_, i) => lines.push(`const y${i} = y[${i}];`));
  constants.forEach((value, i) => lines.push(`const v${operands.length + i} = ${text(value)};`));
  lines.push('let o = 0;');
  sizes.forEach((size, depth) => lines.push(`for (let i${depth} = 0; i${depth} < ${size}; i${depth}++) {`));
  operands.forEach((_, i) => lines.push(`const v${i} = x${i}[p${i}];`));
  steps.forEach(({ kernelName, attrs, args, dtype }, i) => {
    const value = `v${operands.length + constants.length + i}`;
    const formula = moves.has(kernelName) ? moved(dtype) : kernelTable.get(kernelName)!.element!(attrs);
    const named = formula.replace(/\b[abc]\b/g, (name) => `v${args['abc'.indexOf(name)]!}`);
    lines.push(`const ${value} = ${dtype === 'bool' ? named : `f(${named})`};`);
  });
  outputs.forEach(({ value }, i) => lines.push(`y${i}[o] = v${value};`));
  lines.push('o++;');
  for (let depth = sizes.length - 1; depth >= 0; depth--) {
    operands.forEach(({ strides }, i) => {
      const inner = depth + 1 < sizes.length ? sizes[depth + 1]! * strides[depth + 1]! : 0;
      const by = strides[depth]! - inner;
      if (by !== 0) lines.push(`p${i} += ${by};`);
    });
    lines.push('}');
  }
  return lines.join('\n');
}

function moved(dtype: tf.DataType): string {
  return dtype === 'bool' ? '+(a !== 0)' : 'a';
}

function text(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
