/** Converts a program given as text, without running it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeProject } from '../../src/analyze/merge.js';
import { readText } from '../../src/analyze/read-source.js';
import { planUnits } from '../../src/analyze/units.js';
import { applyEdits } from '../../src/edit/apply.js';
import { formatChanges } from '../../src/edit/format.js';
import { inferSizes } from '../../src/infer/infer-sizes.js';
import type { RewriteContext } from '../../src/ir/module-plan.js';
import { rewriteUnit } from '../../src/rewrite/unit.js';

export interface SiteConversion {
  readonly texts: { readonly [path: string]: string };
  /** Codes of refusals, sorted, each once. */
  readonly codes: readonly string[];
  readonly whys: readonly string[];
}

const imports = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
import * as optax from 'linen2nnx/optax';
`;

/** A classifier with dropout and batch statistics, and what most programs start with. */
export const classifier = `${imports}
export class Model extends nn.Module {
  constructor(readonly dmid: number, readonly dout: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new nn.Dense(this.dmid).call(x);
    x = new nn.BatchNorm().call(x, { useRunningAverage: !training });
    x = new nn.Dropout(0.5, { deterministic: !training }).call(x);
    return new nn.Dense(this.dout).call(x);
  }
}
`;

/** A model without modes and without statistics. */
export const perceptron = `${imports}
export class Model extends nn.Module {
  constructor(readonly dmid: number, readonly dout: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    x = tf.relu(new nn.Dense(this.dmid).call(x));
    return new nn.Dense(this.dout).call(x);
  }
}

const model = new Model(256, 10);
const variables = model.init(jax.random.key(0), [tf.ones([1, 784])]);
let params = variables.params;
`;

export async function convertSites(files: string | { readonly [path: string]: string }): Promise<SiteConversion> {
  const given = typeof files === 'string' ? { 'main.ts': files } : files;
  const model = mergeProject(Object.entries(given).map(([path, text]) => readText(path, text)));
  const units = planUnits(model);
  const context: RewriteContext = { model, sizes: inferSizes(model), style: 'guide', keys: 'drop', units };
  const rewrites = units.map((unit) => rewriteUnit(context, unit));
  const refusals = rewrites.flatMap((each) => (each.status === 'left' ? each.refusals : []));
  const { changes, failures } = applyEdits(model.sources, rewrites);
  if (failures.length > 0) throw new Error(JSON.stringify(failures));
  const converted = changes.filter(() => refusals.length === 0);
  const root = mkdtempSync(join(tmpdir(), 'sites-'));
  try {
    writeFileSync(join(root, '.prettierrc.json'), JSON.stringify({ printWidth: 100, singleQuote: true }));
    const formatted = await formatChanges(root, converted);
    return {
      texts: Object.fromEntries(formatted.map(({ path, after }) => [path, after])),
      codes: [...new Set(refusals.map((each) => each.code))].sort(),
      whys: refusals.map((each) => `${each.code} ${given[each.path]?.slice(each.span.start, each.span.end) ?? ''}`),
    };
  } finally {
    rmSync(root, { recursive: true });
  }
}
