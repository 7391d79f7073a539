// npm run bench:lint: what the type-free preset costs over parsing, on a tree where one file in five imports the package.
//
// Any rule makes ESLint walk the tree, so a rule that does nothing is measured as well: what it costs is ESLint's. The
// contestants take turns, the next one first in each round, and their differences are taken within a round.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as parser from '@typescript-eslint/parser';
import { ESLint } from 'eslint';
import { configs, meta, rules } from 'linen2nnx/eslint';

const count = Number(process.argv[2] ?? 200);
const rounds = Number(process.argv[3] ?? 11);
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const root = mkdtempSync(join(tmpdir(), 'linen2nnx-lint-speed-'));

const body = (i) => `
export interface Settings${i} { readonly rate: number; readonly name: string; readonly values: readonly number[] }
export function total${i}(settings: Settings${i}): number {
  let sum = 0;
  for (const value of settings.values) sum += value * settings.rate;
  return settings.name.length > 0 ? sum : -sum;
}
`;
const plain = (
  i,
) => `import { total${i - 1 < 0 ? 0 : i - 1} as before } from './file${i - 1 < 0 ? 0 : i - 1}.js';\n${body(i).repeat(1)}
export const all${i} = [before, total${i}];
${Array.from({ length: 12 }, (_, j) => `export const f${j} = (x: number, y: number) => { const z = x * ${j} + y; return z > 0 ? Math.sqrt(z) : [x, y].map((v) => v + z).join(','); };`).join('\n')}
`;
const linen = (i) => `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
${body(i)}
${[0, 1]
  .map(
    (j) => `export class Block${i}_${j} extends nn.Module {
  constructor(readonly features: number, readonly rate: number) { super(); }
  @nn.compact
  call(x: tf.Tensor, train: boolean): tf.Tensor {
    x = new nn.Dense(this.features).call(x);
    x = new nn.LayerNorm().call(x);
    x = new nn.Dropout(this.rate, { deterministic: !train }).call(x);
    return tf.add(x, this.param('bias', nn.initializers.zeros, [x.shape.at(-1)!]));
  }
}`,
  )
  .join('\n')}
const model = new Block${i}_0(64, 0.1);
const { params } = model.init(jax.random.key(0), [tf.ones([1, 8]), false]);
export const run = (x: tf.Tensor) => model.apply({ params }, [x, true], { rngs: { dropout: jax.random.key(1) } });
`;

const base = { files: ['**/*.ts'], languageOptions: { parser } };
const nothing = { meta: { type: 'problem', schema: [] }, create: () => ({ Program() {} }) };
const contestants = {
  parse: [base],
  walk: [{ ...base, plugins: { empty: { rules: { nothing } } }, rules: { 'empty/nothing': 'warn' } }],
  preset: configs.recommended,
  unused: [{ ...base, rules: { 'no-unused-vars': 'warn' } }],
};
const names = Object.keys(contestants);
const times = Object.fromEntries(names.map((name) => [name, []]));

try {
  mkdirSync(join(root, 'src'));
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  for (let i = 0; i < count; i++) writeFileSync(join(root, 'src', `file${i}.ts`), i % 5 === 0 ? linen(i) : plain(i));
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      const spent = await lintAll(contestants[name]);
      // (The first round warms up.)
      if (round > 0) times[name].push(spent / count);
    }
  }
} finally {
  rmSync(root, { recursive: true });
}
console.log(
  `${meta.name}: ${Object.keys(rules).length} rules, ${count} files, ${rounds} rounds, CPU ms per file (medians)`,
);
console.log(`parsing, no rules        ${median(times.parse).toFixed(3)}`);
console.log(`a rule that does nothing ${over('walk', 'parse')} more`);
console.log(
  `preset recommended       ${over('preset', 'parse')} more, ${over('preset', 'walk')} over a rule that does nothing`,
);
console.log(
  `no-unused-vars alone     ${over('unused', 'parse')} more, ${over('unused', 'walk')} over a rule that does nothing`,
);

/** Processor time of linting the tree, in milliseconds. */
async function lintAll(overrideConfig) {
  const eslint = new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig });
  await eslint.lintFiles(['src/file0.ts']);
  collectGarbage();
  const before = process.cpuUsage();
  await eslint.lintFiles(['src']);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function over(name, other) {
  return median(times[name].map((each, round) => each - times[other][round])).toFixed(3);
}
