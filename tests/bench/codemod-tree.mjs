// A source tree of the usual kind: most files know nothing of models, some define them, some use them.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const tsconfig = {
  compilerOptions: {
    target: 'ES2022',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    lib: ['ES2022', 'DOM'],
  },
  include: ['src'],
};

/** Writes `files` files of which `relevant` import the package and `classes` define a model; returns the relevant paths. */
export function writeTree(root, { files, relevant, classes }) {
  for (let i = 0; i < files; i += 100) mkdirSync(join(root, 'src', `part${i / 100}`), { recursive: true });
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify(tsconfig));
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'tree', private: true, type: 'module' }));
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  const every = Math.floor(files / relevant);
  const paths = [];
  const modelFiles = [];
  for (let i = 0; i < files; i++) {
    const path = join('src', `part${Math.floor(i / 100)}`, `file${i}.ts`);
    const turn = i % every === 0 ? i / every : -1;
    const isModel = turn >= 0 && turn % Math.floor(relevant / classes) === 0 && modelFiles.length < classes;
    if (isModel) modelFiles.push({ i, path });
    if (turn >= 0) paths.push(path);
    const text = isModel ? modelText(i) : turn >= 0 ? userText(i, modelFiles.at(-1)) : plainText(i);
    writeFileSync(join(root, path), text);
  }
  return paths;
}

/** A file with `classes` classes, each with its `init`. */
export function writeLargeFile(root, classes) {
  mkdirSync(join(root, 'src'), { recursive: true });
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify(tsconfig));
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  const bodies = Array.from({ length: classes }, (_, i) => modelBody(i));
  writeFileSync(join(root, 'src', 'models.ts'), [imports, ...bodies].join('\n'));
}

const imports = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
`;

const modelText = (i) => `${imports}\n${modelBody(i)}`;

const modelBody = (i) => `/** Model ${i}. */
export class Model${i} extends nn.Module {
  constructor(readonly features: number, readonly rate: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, train: boolean): tf.Tensor {
    x = new nn.Dense(this.features).call(x);
    x = nn.relu(new nn.LayerNorm().call(x)); // as in the paper
    x = new nn.Dropout(this.rate, { deterministic: !train }).call(x);
    return new nn.Dense(10).call(x);
  }
}

export function start${i}(): tf.Tensor {
  const model = new Model${i}(64, 0.1);
  const { params } = model.init(jax.random.key(${i}), [tf.ones([4, ${16 + (i % 7)}]), false]);
  return model.apply({ params }, [tf.ones([4, ${16 + (i % 7)}]), false]);
}
`;

const userText = (i, model) => `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import { start${model.i} } from '../part${Math.floor(model.i / 100)}/file${model.i}.js';

export const keys${i} = jax.random.split(jax.random.key(${i}));
export function mean${i}(): tf.Scalar {
  return start${model.i}().mean();
}
${plainText(i)}`;

const plainText = (i) => `/** Settings of step ${i}. */
export interface Settings${i} {
  readonly rate: number;
  readonly name: string;
  readonly values: readonly number[];
}
${Array.from(
  { length: 8 },
  (_, j) => `
export function step${i}x${j}(settings: Settings${i}, weight: number): number {
  let sum = 0;
  for (const value of settings.values) {
    if (value > ${j}) sum += value * settings.rate * weight;
    else sum -= Math.sqrt(Math.abs(value));
  }
  return settings.name.length > ${j} ? sum : -sum;
}`,
).join('\n')}
`;
