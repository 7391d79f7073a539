import { at, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    `${importNnx}nnx.scan((x, layer: nnx.Linear) => layer.call(x), { inAxes: [nnx.Carry, 0], outAxes: nnx.Carry });`,
    `${importNnx}nnx.scan((x, layer: nnx.Linear) => [layer.call(x), nnx.state(layer, nnx.Intermediate)], {});`,
    `${importNnx}nnx.vmap((rngs: nnx.Rngs) => new nnx.Linear(2, 2, { rngs }));`,
    `${importNnx}scan((x, layer: nnx.Linear) => [x, layer]);`,
  ],
  invalid: [
    {
      code: `${importNnx}nnx.scan((x, layer: nnx.Linear) => [layer.call(x), nnx.state(layer)], {});`,
      errors: [at(2, { what: '`nnx.state(layer)`', model: 'layer' })],
    },
    {
      code: `${importNnx}class Block extends nnx.Module {}\nnnx.scan((x, block: Block) => {\n  return [block.call(x), block];\n}, {});`,
      errors: [at(4)],
    },
  ],
};
