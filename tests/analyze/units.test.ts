import { expect, test } from '@jest/globals';
import { planUnits } from '../../src/analyze/units.js';
import { textProject } from './text-project.js';

const linen = "import * as nn from 'linen2nnx/linen'; import * as jax from 'linen2nnx/jax';";

function units(files: { readonly [path: string]: string }): readonly [string, number, number, string][] {
  return planUnits(textProject(files)).map((each) => [
    each.id,
    each.constructs.length,
    each.calls.length,
    each.paths.join(' '),
  ]);
}

const block = `${linen} export class Block extends nn.Module { @nn.compact call(x) { return new nn.Dense(3).call(x); } }`;

test('a class, its subclass, its container and its sites are one unit', () => {
  expect(
    units({
      'block.ts': block,
      'sub.ts': "import { Block } from './block.js'; export class Sub extends Block {}",
      'model.ts': `${linen} import { Sub } from './sub.js'; export class Model extends nn.Module { setup() { this.b = new Sub(); } }`,
      'main.ts': "import { Model } from './model.js'; const m = new Model(); const v = m.init(k, [x]);",
    }),
  ).toEqual([['block.ts#Block', 3, 1, 'block.ts main.ts model.ts sub.ts']]);
});

test('classes that have nothing to do with one another are units of their own', () => {
  const other = block.replaceAll('Block', 'Other');
  expect(units({ 'a.ts': block, 'b.ts': other }).map(([id]) => id)).toEqual(['a.ts#Block', 'b.ts#Other']);
});

test('models that run in one function are one unit', () => {
  const other = block.replaceAll('Block', 'Other');
  const both =
    "import { Block } from './a.js'; import { Other } from './b.js'; const g = new Block(); const d = new Other();";
  const step = 'function step(p, q) { return d.apply(q, [g.apply(p, [x])]); }';
  expect(units({ 'a.ts': block, 'b.ts': other, 'c.ts': `${both} ${step}` }).map(([id]) => id)).toEqual(['a.ts#Block']);
  expect(units({ 'a.ts': block, 'b.ts': other, 'c.ts': both }).length).toBe(2);
});

test('files that only call a step function follow, and on through functions that hand their parameters over', () => {
  const files = {
    'block.ts': block,
    'step.ts': `${linen} import { Block } from './block.js'; const model = new Block();
      export const trainStep = jax.jit((params, x) => model.apply({ params }, [x]));`,
    'loop.ts':
      "import * as steps from './step.js'; export function train(params, data) { for (const x of data) params = steps.trainStep(params, x); return params; }",
    'main.ts': "import { train } from './loop.js'; train(start(), data);",
    'report.ts': "import { unrelated } from './main.js'; unrelated();",
  };
  expect(units(files)[0]?.[3]).toBe('block.ts loop.ts main.ts step.ts');
});

test('a function that hands over nothing of its own does not pull its callers in', () => {
  const files = {
    'block.ts': block,
    'step.ts': `${linen} import { Block } from './block.js'; export function trainStep(params, x) { return new Block().apply({ params }, [x]); }`,
    'loop.ts':
      "import { trainStep } from './step.js'; export function train(data) { let params = start(); for (const x of data) params = trainStep(params, x); }",
    'main.ts': "import { train } from './loop.js'; train(data);",
  };
  expect(units(files)[0]?.[3]).toBe('block.ts loop.ts step.ts');
});

test('a constant made from a step function carries it on', () => {
  const files = {
    'block.ts': block,
    'step.ts': `${linen} import { Block } from './block.js'; export function trainStep(params, x) { return new Block().apply({ params }, [x]); }`,
    'fast.ts': "import { trainStep } from './step.js'; export const fast = jit(trainStep);",
    'main.ts': "import { fast } from './fast.js'; fast(params, x);",
  };
  expect(units(files)[0]?.[3]).toBe('block.ts fast.ts main.ts step.ts');
});

test('a file that reads variables made elsewhere follows', () => {
  const files = {
    'block.ts': `${block} export const model = new Block(); export const variables = model.init(k, [x]);`,
    'read.ts': "import { variables } from './block.js'; print(variables.params);",
  };
  expect(units(files)[0]?.[3]).toBe('block.ts read.ts');
});

test('a call whose model is not known goes with every class that is handed on', () => {
  const other = block.replaceAll('Block', 'Other');
  const run = 'export function run(kind, x) { const m = new kind(); return m.init(k, [x]); }';
  const main =
    "import { run } from './run.js'; import { Block } from './a.js'; import { Other } from './b.js'; run(Block, x); new Other();";
  const found = units({ 'a.ts': block, 'b.ts': other, 'run.ts': run, 'main.ts': main });
  expect(found.map(([id, , calls]) => [id, calls])).toEqual([
    ['a.ts#Block', 1],
    ['b.ts#Other', 0],
  ]);
});

test('sites without a class are units by place', () => {
  expect(units({ 'a.ts': `${linen}\nconst m = new nn.Dense(3);\nm.init(k, [x]);` })).toEqual([
    ['a.ts:2', 1, 1, 'a.ts'],
  ]);
});

test('a project without Linen code has no units', () => {
  expect(units({ 'a.ts': 'export const a = 1;' })).toEqual([]);
});
