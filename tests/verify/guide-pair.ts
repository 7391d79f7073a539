/** The guide's basic pair as a project: both texts, and what the rewriters decide for it. */
import type { ModulePlan, ModeFlag } from '../../src/ir/module-plan.js';
import type { ManifestEntry, ModuleMapping } from '../../src/ir/manifest.js';

export const blockLinen = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Block extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new nn.Dense(this.features).call(x);
    x = new nn.Dropout(0.5, { deterministic: !training }).call(x);
    x = tf.relu(x);
    return x;
  }
}

export class Model extends nn.Module {
  constructor(readonly dmid: number, readonly dout: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new Block(this.dmid).call(x, training);
    x = new nn.Dense(this.dout).call(x);
    return x;
  }
}
`;

export const blockNnx = `import * as tf from '@tensorflow/tfjs';
import * as nnx from 'linen2nnx/nnx';

export class Block extends nnx.Module {
  readonly linear: nnx.Linear;
  readonly dropout: nnx.Dropout;

  constructor(inFeatures: number, features: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(inFeatures, features, { rngs });
    this.dropout = new nnx.Dropout(0.5, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    x = this.linear.call(x);
    x = this.dropout.call(x);
    x = tf.relu(x);
    return x;
  }
}

export class Model extends nnx.Module {
  readonly block: Block;
  readonly linear: nnx.Linear;

  constructor(din: number, dmid: number, dout: number, { rngs }: { rngs: nnx.Rngs }) {
    super();
    this.block = new Block(din, dmid, { rngs });
    this.linear = new nnx.Linear(dmid, dout, { rngs });
  }

  call(x: tf.Tensor): tf.Tensor {
    x = this.block.call(x);
    x = this.linear.call(x);
    return x;
  }
}
`;

/** `Dense_0` → `linear` of a layer or class. */
export function submodule(linen: string, nnx: string, target: string): ModuleMapping {
  return { linen, nnx, target, axis: { op: 'none' }, sharing: null };
}

export interface PlanParts {
  readonly class: string;
  /** New arguments, then the old constructor's in order. */
  readonly sizes: readonly string[];
  readonly fields: readonly string[];
  readonly modules: readonly ModuleMapping[];
  readonly variables?: ManifestEntry['variables'];
  /** The mode flag of `call`, after the inputs. */
  readonly flag?: ModeFlag;
  readonly inputs?: number;
  readonly modes?: readonly string[];
  readonly streams?: readonly string[];
  readonly methods?: ModulePlan['methods'];
}

export const trainingFlag: ModeFlag = { parameter: 1, key: null, training: true, initial: null, stays: false };

export function planOf(parts: PlanParts): ModulePlan {
  const { sizes, fields, flag = null, inputs = 1 } = parts;
  const source = { source: parts.class.split('#')[0]!, blob: '' };
  const positions = [...Array.from({ length: inputs }, (_, i) => i), ...(flag === null ? [] : [null])];
  return {
    class: parts.class,
    parameters: [
      ...sizes.map((name, index) => ({ from: 'size', name, index }) as const),
      ...fields.map((name, position) => ({ from: 'field', name, position }) as const),
    ],
    needsRngs: true,
    methods: { call: { positions, mode: flag }, ...parts.methods },
    constructorMode: null,
    modes: parts.modes ?? [],
    streams: parts.streams ?? [],
    collections: [],
    customVariables: [],
    madeLater: [],
    initCache: null,
    manifest: {
      class: parts.class,
      linen: source,
      nnx: source,
      newArguments: sizes,
      modules: parts.modules,
      variables: parts.variables ?? [],
      streams: parts.streams ?? [],
    },
  };
}

export const guidePlans = (path: string): readonly ModulePlan[] => [
  planOf({
    class: `${path}#Block`,
    sizes: ['inFeatures'],
    fields: ['features'],
    modules: [submodule('Dense_0', 'linear', 'layer:Dense'), submodule('Dropout_0', 'dropout', 'layer:Dropout')],
    flag: trainingFlag,
    modes: ['deterministic'],
    streams: ['dropout'],
  }),
  planOf({
    class: `${path}#Model`,
    sizes: ['din'],
    fields: ['dmid', 'dout'],
    modules: [submodule('Block_0', 'block', `${path}#Block`), submodule('Dense_0', 'linear', 'layer:Dense')],
    flag: trainingFlag,
    modes: ['deterministic'],
    streams: ['dropout'],
  }),
];
