import { checkpoint } from '../../core/remat.js';
import type { AnyFunction, FunctionTransform, Value } from '../../core/tree-typing.js';
import type { Module, ModuleClass } from '../module.js';
import type { ModuleFunction } from '../signatures.js';
import type { MethodsOption, RematOptions, RematScanOptions } from './options.js';
import { type Groups, type KeyGroups, pack } from './pack.js';
import { scanTransform } from './scan.js';
import { type Core, isDecorated, liftDecorator, liftTarget, type Transform } from './target.js';

/** Recomputes a method's intermediates in the backward pass. Class, decorator (bare or with options) or function. */
export function remat<C extends ModuleClass>(target: C, options?: RematOptions & MethodsOption<InstanceType<C>>): C;
export function remat<This extends Module, F extends (this: This, ...args: never[]) => unknown>(
  method: F,
  context: ClassMethodDecoratorContext<This>,
): F;
export function remat<F extends AnyFunction>(
  target: Module,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<F>,
): TypedPropertyDescriptor<F>;
export function remat<M extends Module, A extends readonly unknown[], R extends Value>(
  target: ModuleFunction<M, A, R>,
  options?: RematOptions,
): ModuleFunction<M, A, R>;
export function remat(options: RematOptions): FunctionTransform;
export function remat(...given: readonly unknown[]): unknown {
  if (isDecorated(given)) return liftDecorator(rematTransform({}))(...given);
  const [target, options = {}] = given as [
    unknown,
    (RematOptions & { readonly methods?: readonly string[] | undefined })?,
  ];
  if (typeof target !== 'function') return liftDecorator(rematTransform(target as RematOptions));
  return liftTarget(target, { prefix: 'Checkpoint', methods: options.methods, transform: rematTransform(options) });
}

/**
 * Nested scans over layers with rematerialisation; one leading axis for each of `lengths`. Flax `remat_scan`: the method
 * takes and gives the carry alone.
 */
export function rematScan<C extends ModuleClass>(target: C, lengths: readonly number[], options?: RematScanOptions): C;
export function rematScan<M extends Module, T extends Value>(
  target: (module: M, x: T) => T,
  lengths: readonly number[],
  options?: RematScanOptions,
): (module: M, x: T) => T;
export function rematScan(target: unknown, lengths: readonly number[], options: RematScanOptions = {}): unknown {
  return liftTarget(target, { prefix: 'Remat_scan', transform: nestedScans(lengths, options) });
}

function nestedScans([length, ...rest]: readonly number[], options: RematScanOptions): Transform {
  const { policy = null, variableAxes = { '...': 0 }, splitRngs = { '...': true }, ...shared } = options;
  const loop = scanTransform({ ...shared, variableAxes, splitRngs, length: length ?? 1 });
  const inner = rest.length === 0 ? null : rematTransform({ policy, preventCse: false });
  return (core, args) => {
    const step: Core = {
      ...core,
      call: (scopes, given) => {
        if (inner === null) return [core.call(scopes, given), null];
        return [inner({ ...core, scopes, call: nestedCore(core, rest, options) }, given), null];
      },
    };
    const [carry] = loop(step, args) as [unknown, unknown];
    return carry;
  };
}

function nestedCore(core: Core, lengths: readonly number[], options: RematScanOptions): Core['call'] {
  return (scopes, args) => nestedScans(lengths, options)({ ...core, scopes }, args);
}

function rematTransform(options: RematOptions): Transform {
  const { variables = true, rngs = true, policy = null, preventCse = true } = options;
  return (core, args) => {
    const packed = pack(core.scopes, { in: [variables], out: [variables], rngs: [rngs] });
    const before = packed.draws();
    let again = false;
    const body = (groups: Groups, keys: KeyGroups, ...given: readonly unknown[]): Outcome => {
      // The backward pass runs the body again: it draws the same keys, and the draws since then stand.
      const now = packed.draws();
      packed.rewind(before);
      const opened = packed.open(groups, keys);
      const output = core.call(opened.scopes, given);
      if (again) packed.rewind(now);
      again = true;
      return { output, variables: opened.close() };
    };
    const outcome = checkpoint(body, { policy, preventCse })(packed.variables, packed.keys, ...args) as Outcome;
    packed.publish(outcome.variables);
    return outcome.output;
  };
}

interface Outcome {
  readonly output: unknown;
  readonly variables: Groups;
}
