import { describe, expect, test } from '@jest/globals';
import { inferSizes } from '../../src/infer/infer-sizes.js';
import { checkTrace, confirmPlan } from '../../src/infer/trace-check.js';
import type { SizePlan } from '../../src/ir/sizes.js';
import type { TracedCall, TraceRun } from '../../src/ir/trace.js';
import { modelOf } from './project.js';

const source = `
export class Mlp extends nn.Module {
  constructor(readonly hiddenDims: number[]) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    for (const size of this.hiddenDims) x = tf.relu(new nn.Dense(size).call(x));
    return x;
  }
}
export class Critic extends nn.Module {
  constructor(readonly hiddenDims: number[]) { super(); }
  @nn.compact
  call(observations: tf.Tensor, actions: tf.Tensor): tf.Tensor {
    const h = new Mlp(this.hiddenDims).call(tf.concat([observations, actions], -1));
    return new nn.Dense(1).call(h);
  }
}
`;
const model = modelOf(source);
const plan = inferSizes(model);
const text = model.sources['main.ts']?.text ?? '';
const site = (start: string) => `main.ts@${text.indexOf(start)}`;
const tensor = (...shape: number[]) => ({ tensor: shape });

/** What a run of Critic([7, 9]) records, with observations of size 3 and actions of the size given. */
function run(label: string, actions: number, fed?: { readonly second: number }): TraceRun {
  const built = [{ list: [7, 9] }];
  const total = 3 + actions;
  const calls: TracedCall[] = [
    {
      traced: 'module',
      class: 'main.ts#Critic',
      site: null,
      within: null,
      method: 'call',
      built,
      args: [tensor(2, 3), tensor(2, actions)],
    },
    {
      traced: 'module',
      class: 'main.ts#Mlp',
      site: site('new Mlp'),
      within: 0,
      method: 'call',
      built,
      args: [tensor(2, total)],
    },
    { traced: 'layer', site: site('new nn.Dense(size)'), within: 1, fed: [total] },
    { traced: 'layer', site: site('new nn.Dense(size)'), within: 1, fed: [fed?.second ?? 7] },
    { traced: 'layer', site: site('new nn.Dense(1)'), within: 0, fed: [9] },
  ];
  return { label, calls };
}
const confidences = (of: SizePlan) =>
  Object.values(of.sites).flatMap((each) => each.sizes.map((size) => size.confidence));

describe('planned expressions against runs', () => {
  test('sums, carried sizes and last items are checked in the instance they are meant for', () => {
    const check = checkTrace(model, plan, [run('sample', 4), run('actions doubled', 8)]);
    expect(check.disagreements).toEqual([]);
    expect([...check.agreed]).toEqual(
      expect.arrayContaining([
        [site('new Mlp'), [2]],
        [site('new nn.Dense(size)'), [2]],
        [site('new nn.Dense(1)'), [2]],
      ]),
    );
  });

  test('two agreeing runs prove a static size, one does not', () => {
    const once = confirmPlan(model, plan, checkTrace(model, plan, [run('sample', 4)]));
    expect(confidences(once)).toContain('static');
    const twice = confirmPlan(model, plan, checkTrace(model, plan, [run('sample', 4), run('actions doubled', 8)]));
    expect(confidences(twice)).toEqual(['proven', 'proven', 'proven']);
    expect(Object.values(twice.classes).map((each) => each.confidence)).toEqual(['proven', 'proven']);
  });

  test('a run that contradicts a size refuses its class and shows both', () => {
    const check = checkTrace(model, plan, [run('sample', 4), run('odd', 4, { second: 8 })]);
    expect(check.disagreements).toEqual([
      { site: site('new nn.Dense(size)'), index: 0, text: 'features', planned: 7, seen: 8, run: 'odd' },
    ]);
    const confirmed = confirmPlan(model, plan, check);
    expect(Object.keys(confirmed.classes)).toEqual(['main.ts#Critic']);
    expect(confirmed.refusals).toEqual([expect.objectContaining({ code: 'L2N319', class: 'main.ts#Mlp' })]);
  });

  test('a wrong plan is found out', () => {
    const dense = plan.sites[site('new nn.Dense(1)')];
    const wrong: SizePlan = {
      ...plan,
      sites: {
        ...plan.sites,
        [site('new nn.Dense(1)')]: { sizes: (dense?.sizes ?? []).map((size) => ({ ...size, text: 'hiddenDims[0]!' })) },
      },
    };
    expect(checkTrace(model, wrong, [run('sample', 4)]).disagreements).toEqual([
      expect.objectContaining({ planned: 7, seen: 9 }),
    ]);
  });
});

describe('loops that skip turns', () => {
  const skipping = modelOf(`
export class Mlp extends nn.Module {
  constructor(readonly sizes: number[]) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    for (const size of this.sizes) x = new nn.Dense(size).call(x);
    return new nn.Dense(2).call(x);
  }
}
`);
  const text = skipping.sources['main.ts']?.text ?? '';
  const at = (start: string) => `main.ts@${text.indexOf(start)}`;
  const module = { traced: 'module', class: 'main.ts#Mlp', site: null, within: null, method: 'call' } as const;
  const run = (fed: readonly number[], last: number): TraceRun => ({
    label: 'sample',
    calls: [
      { ...module, built: [{ list: [4, 6, 8] }], args: [tensor(2, 3)] },
      ...fed.map((size) => ({ traced: 'layer', site: at('new nn.Dense(size)'), within: 0, fed: [size] }) as const),
      { traced: 'layer', site: at('new nn.Dense(2)'), within: 0, fed: [last] },
    ],
  });
  const sizes = inferSizes(skipping);

  test('a layer behind the loop has the size of the last turn', () => {
    const check = checkTrace(skipping, sizes, [run([3, 4, 6], 8)]);
    expect(check.disagreements).toEqual([]);
    expect(check.agreed.get(at('new nn.Dense(2)'))).toEqual([1]);
    expect(checkTrace(skipping, sizes, [run([3, 4, 6], 6)]).disagreements).toMatchObject([{ planned: 8, seen: 6 }]);
  });

  test('a size that fits another turn says nothing; one that fits none is refused', () => {
    expect(checkTrace(skipping, sizes, [run([4, 6], 8)]).disagreements).toEqual([]);
    expect(checkTrace(skipping, sizes, [run([3, 5], 8)]).disagreements).toMatchObject([{ planned: 4, seen: 5 }]);
  });
});
