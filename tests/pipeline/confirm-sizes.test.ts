import { describe, expect, test } from '@jest/globals';
import { planUnits } from '../../src/analyze/units.js';
import { inferSizes } from '../../src/infer/infer-sizes.js';
import type { LeftUnit } from '../../src/ir/edit.js';
import type { TraceRun } from '../../src/ir/trace.js';
import { confirmSizes } from '../../src/pipeline/confirm-sizes.js';
import { modelOf } from '../infer/project.js';

const model = modelOf(`
export class Mlp extends nn.Module {
  constructor(readonly width: number) { super(); }
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(1).call(new nn.Dense(this.width).call(x));
  }
}
`);
const units = planUnits(model);
const plan = inferSizes(model);
const text = model.sources['main.ts']?.text ?? '';
const converted = { status: 'converted', unit: units[0]!.id, edits: [], imports: [] } as never;

/** A run of Mlp(7) on inputs of three numbers; the last layer is fed `last`. */
function run(label: string, last: number): TraceRun {
  const module = { traced: 'module', class: 'main.ts#Mlp', site: null, within: null, method: 'call' } as const;
  return {
    label,
    calls: [
      { ...module, built: [7], args: [{ tensor: [2, 3] }] },
      { traced: 'layer', site: `main.ts@${text.indexOf('new nn.Dense(this')}`, within: 0, fed: [3] },
      { traced: 'layer', site: `main.ts@${text.indexOf('new nn.Dense(1)')}`, within: 0, fed: [last] },
    ],
  };
}

describe('planned sizes against runs', () => {
  test('what two runs agree with is proven, and the unit stays converted', () => {
    const runs = [run('the sample', 7), run('sizes of 3 as 6', 7)];
    const { sizes, rewrites } = confirmSizes({ model, units }, plan, { rewrites: [converted], runs });
    expect(rewrites).toEqual([converted]);
    const confidences = Object.values(sizes.sites).flatMap((each) => each.sizes.map((size) => size.confidence));
    expect(new Set(confidences)).toEqual(new Set(['proven']));
  });

  test('a unit with a size that a run contradicts is left, with both values', () => {
    const runs = [run('the sample', 7), run('sizes of 3 as 6', 6)];
    const { rewrites } = confirmSizes({ model, units }, plan, { rewrites: [converted], runs });
    const [left] = rewrites as readonly LeftUnit[];
    expect(left?.status).toBe('left');
    expect(left?.refusals).toMatchObject([{ code: 'L2N319', data: { planned: '7', seen: '6 (sizes of 3 as 6)' } }]);
    expect(left?.markers).toHaveLength(1);
  });

  test('without runs nothing changes', () => {
    const { sizes } = confirmSizes({ model, units }, plan, { rewrites: [converted], runs: [] });
    expect(sizes).toBe(plan);
  });
});
