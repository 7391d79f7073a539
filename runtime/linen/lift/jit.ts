import type { AnyFunction, FunctionTransform, Key, Value } from '../../core/tree-typing.js';
import type { Module, ModuleClass } from '../module.js';
import type { ModuleFunction } from '../signatures.js';
import type { JitOptions, LiftOptions, MethodsOption } from './options.js';
import { pack } from './pack.js';
import { isDecorated, liftDecorator, liftTarget, type Transform } from './target.js';

/**
 * A module's method with keys of its own, as Flax's `nn.jit` gives it: they are folded once on the way in, so that its
 * parameters differ from those of the same module without it. Class, decorator (bare or with options) or function. It is
 * compiled with what `jax.jit` compiles around it; called by itself it runs operation by operation.
 */
export function jit<C extends ModuleClass>(target: C, options?: JitOptions & MethodsOption<InstanceType<C>>): C;
export function jit<This extends Module, F extends (this: This, ...args: never[]) => unknown>(
  method: F,
  context: ClassMethodDecoratorContext<This>,
): F;
export function jit<F extends AnyFunction>(
  target: Module,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<F>,
): TypedPropertyDescriptor<F>;
export function jit<M extends Module, A extends readonly unknown[], R extends Value>(
  target: ModuleFunction<M, A, R>,
  options?: JitOptions,
): ModuleFunction<M, A, R>;
export function jit(options: JitOptions): FunctionTransform;
export function jit(...given: readonly unknown[]): unknown {
  if (isDecorated(given)) return liftDecorator(foldingTransform({}))(...given);
  const [target, options = {}] = given as [
    unknown,
    (JitOptions & { readonly methods?: readonly string[] | undefined })?,
  ];
  if (typeof target !== 'function') return liftDecorator(foldingTransform(target as JitOptions));
  return liftTarget(target, { prefix: 'Jit', methods: options.methods, transform: foldingTransform(options) });
}

/** Gives the module keys folded once, as `jit` does. */
export function foldRngs<C extends ModuleClass>(target: C, options: LiftOptions = {}): C {
  return liftTarget(target, { prefix: 'Fold_rngs', transform: foldingTransform(options) }) as C;
}

/** Runs the function with one draw of each stream in place of its key and path. */
function foldingTransform({ variables = true, rngs = true }: LiftOptions): Transform {
  return (core, args) => {
    const own = core.scopes.at(-1)!;
    const drawn = Object.keys(own.streams).map((stream): [string, Key] => [stream, own.draw(stream, core.who).key]);
    const packed = pack(core.scopes, { in: [variables], out: [variables], rngs: [rngs] });
    const opened = packed.open(packed.variables, packed.foldedKeys(own, Object.fromEntries(drawn)), { folded: true });
    const output = core.call(opened.scopes, args);
    packed.publish(opened.close());
    return output;
  };
}
