/** Shapes and dtypes of the calls that samples are made with: `tf.ones`, `tf.tensor2d`, `jax.random.normal`, … */
import { plain, plainValue, type Recipe, shapeOf, type TensorDtype } from './recipe.js';

type Args = readonly (Recipe | null)[];
type Maker = (args: Args) => Recipe | null;

/** The tensor or key that a call of TensorFlow.js or `linen2nnx/jax` gives; null when this is not known. */
export function tensorCall(module: string, name: string, args: Args): Recipe | null {
  const makers = module.startsWith('@tensorflow/tfjs') ? tensorflow : module === 'linen2nnx/jax' ? jax : {};
  return makers[name]?.(args) ?? null;
}

/** The tensor that a method of a tensor gives. */
export function methodResult(object: Recipe, method: string, args: Args): Recipe | null {
  if (object.make === 'list' && method === 'at') {
    const index = plainValue(args[0] ?? plain(undefined));
    return typeof index === 'number' ? (object.items.at(index) ?? null) : null;
  }
  return object.make === 'tensor' ? (tensorflow[method]?.([object, ...args]) ?? null) : null;
}

const tensor = (shape: readonly number[] | null, dtype: TensorDtype, below: number | null = null): Recipe | null =>
  shape && { make: 'tensor', shape, dtype, below };

/** `tf.ones(shape, dtype?)` and its kind; `at` is the position of the dtype. */
const shaped =
  (at: number | null, initial: TensorDtype = 'float32'): Maker =>
  (args) =>
    tensor(shapeOf(args[0] ?? null), at === null ? initial : dtypeOf(args[at] ?? null, initial));

/** `tf.tensor2d(values, shape?, dtype?)`. */
const literal =
  (rank: number | null): Maker =>
  ([values, shape, dtype]) => {
    const given = shapeOf(shape ?? null);
    const content = values === null || values === undefined ? null : plainValue(values);
    const inferred = nestedShape(content);
    const isBool = typeof firstOf(content) === 'boolean';
    const kind = dtypeOf((rank === 1 || rank === 0 ? shape : dtype) ?? dtype ?? null, isBool ? 'bool' : 'float32');
    return tensor(given ?? inferred, kind);
  };

const like: Maker = ([x]) => (x?.make === 'tensor' ? x : null);
const cast =
  (dtype: TensorDtype | null): Maker =>
  ([x, given]) =>
    x?.make === 'tensor' ? { ...x, dtype: dtype ?? dtypeOf(given ?? null, x.dtype) } : null;
const reshaped: Maker = ([x, shape]) => {
  const wanted = shapeOf(shape ?? null);
  if (x?.make !== 'tensor' || wanted === null) return null;
  const size = x.shape.reduce((a, b) => a * b, 1);
  const known = wanted.filter((each) => each >= 0).reduce((a, b) => a * b, 1);
  return { ...x, shape: wanted.map((each) => (each < 0 ? size / known : each)) };
};
const expanded: Maker = ([x, axis]) => {
  const at = axis ? plainValue(axis) : 0;
  if (x?.make !== 'tensor' || typeof at !== 'number') return null;
  const shape = [...x.shape];
  shape.splice(at < 0 ? shape.length + 1 + at : at, 0, 1);
  return { ...x, shape };
};

/** Arithmetic leaf by leaf of tensors and numbers, their shapes broadcast. */
const arithmetic: Maker = ([a, b]) => {
  const [left, right] = [operand(a), operand(b)];
  const shape = left && right && broadcast(left.shape, right.shape);
  const isInt = [left, right].every((each) => each?.dtype === 'int32');
  return tensor(shape, isInt ? 'int32' : 'float32');
};

function operand(value: Recipe | null | undefined): { shape: readonly number[]; dtype: string } | null {
  if (value?.make === 'tensor') return value;
  return value?.make === 'plain' && typeof value.value === 'number' ? { shape: [], dtype: 'float32' } : null;
}

function broadcast(a: readonly number[], b: readonly number[]): readonly number[] | null {
  const rank = Math.max(a.length, b.length);
  const padded = [a, b].map((each) => [...Array<number>(rank - each.length).fill(1), ...each]);
  const shape = Array.from({ length: rank }, (_, axis) => padded.map((each) => each[axis] ?? 1));
  const fits = shape.every(([x, y]) => x === y || x === 1 || y === 1);
  return fits ? shape.map((each) => (each[0] === 1 ? (each[1] ?? 1) : (each[0] ?? 1))) : null;
}

const tensorflow: { readonly [name: string]: Maker } = {
  ones: shaped(1),
  zeros: shaped(1),
  fill: shaped(2),
  randomNormal: shaped(3),
  truncatedNormal: shaped(3),
  randomUniform: shaped(3),
  randomUniformInt: ([shape, , max]) => tensor(shapeOf(shape ?? null), 'int32', numberOf(max)),
  onesLike: like,
  zerosLike: like,
  clone: like,
  tensor: literal(null),
  scalar: ([, dtype]) => tensor([], dtypeOf(dtype ?? null, 'float32')),
  tensor1d: literal(1),
  tensor2d: literal(2),
  tensor3d: literal(3),
  tensor4d: literal(4),
  tensor5d: literal(5),
  cast: cast(null),
  asType: cast(null),
  toInt: cast('int32'),
  toFloat: cast('float32'),
  toBool: cast('bool'),
  add: arithmetic,
  sub: arithmetic,
  mul: arithmetic,
  div: arithmetic,
  reshape: reshaped,
  expandDims: expanded,
};

const key: Maker = (args) => {
  const [seed] = args.map((each) => (each === null ? null : plainValue(each)));
  return typeof seed === 'number' ? { make: 'key', seed } : (args.find((each) => each?.make === 'key') ?? null);
};

const drawn =
  (dtype: TensorDtype, at: number): Maker =>
  (args) =>
    tensor(shapeOf(args[at] ?? null), dtype);

const jax: { readonly [name: string]: Maker } = {
  'random.key': key,
  'random.PRNGKey': key,
  'random.foldIn': key,
  'random.split': key,
  'random.normal': drawn('float32', 1),
  'random.uniform': drawn('float32', 1),
  'random.truncatedNormal': drawn('float32', 3),
  'random.bernoulli': drawn('bool', 2),
  'random.randint': ([, shape, , max]) => tensor(shapeOf(shape ?? null), 'int32', numberOf(max)),
};

function numberOf(recipe: Recipe | null | undefined): number | null {
  const value = recipe ? plainValue(recipe) : null;
  return typeof value === 'number' ? value : null;
}

function dtypeOf(recipe: Recipe | null, initial: TensorDtype): TensorDtype {
  const value = recipe === null ? null : plainValue(recipe);
  return value === 'int32' || value === 'bool' || value === 'float32' ? value : initial;
}

function firstOf(content: unknown): unknown {
  return Array.isArray(content) ? firstOf(content[0]) : content;
}

function nestedShape(content: unknown): readonly number[] | null {
  if (!Array.isArray(content)) return typeof content === 'number' || typeof content === 'boolean' ? [] : null;
  const inner = content.length === 0 ? [] : nestedShape(content[0]);
  return inner && [content.length, ...inner];
}
