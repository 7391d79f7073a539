/** Train states for the Linen style. */
export {
  type AnyTrainState,
  type Applicable,
  type ApplyFunction,
  type CreateFields,
  type ExtraFields,
  type LooseApply,
  type StateFields,
  TrainState,
  type TypedApply,
} from './train-state.js';
