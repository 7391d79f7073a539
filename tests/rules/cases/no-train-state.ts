import { at, importNnx, type RuleCases } from '../rule-cases.js';

export const cases: RuleCases = {
  valid: [
    "import { TrainState } from './state.js';\nTrainState.create({});",
    "import { TrainState } from 'linen2nnx/training';\nexport type S = TrainState;",
    `${importNnx}const optimizer = new nnx.Optimizer(model, tx, { wrt: nnx.Param });\noptimizer.update(model, grads);`,
  ],
  invalid: [
    {
      code: "import { TrainState } from 'linen2nnx/training';\nlet state = TrainState.create({ applyFn, params, tx });\nstate = state.applyGradients({ grads });",
      errors: [at(2), at(3)],
    },
    {
      code: "import * as training from 'linen2nnx/training';\nclass State extends training.TrainState {}",
      errors: [at(2, { what: 'A subclass of `TrainState`' })],
    },
  ],
};
