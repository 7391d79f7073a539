import { treeFlatten } from '../../core/tree.js';
import type { FunctionTransform, Value } from '../../core/tree-typing.js';
import { vmap as coreVmap } from '../../core/vmap/vmap.js';
import type { Module, ModuleClass } from '../module.js';
import type { ModuleFunction } from '../signatures.js';
import { argumentAxes, commonSize, isSliced, leavesWithAxes, mappingOf, splitKeys, variableLeaves } from './axes.js';
import type { MethodsOption, VmapOptions } from './options.js';
import { type Groups, type KeyGroups, pack } from './pack.js';
import { requireSharedKey } from './shared.js';
import { liftDecorator, liftTarget, type Transform } from './target.js';

/** Maps a module over an axis of its variables and inputs. Class, decorator (options only) or function. */
export function vmap(options: VmapOptions): FunctionTransform;
export function vmap<C extends ModuleClass>(target: C, options: VmapOptions & MethodsOption<InstanceType<C>>): C;
export function vmap<M extends Module, A extends readonly unknown[], R extends Value>(
  target: ModuleFunction<M, A, R>,
  options: VmapOptions,
): ModuleFunction<M, A, R>;
export function vmap(
  target: unknown,
  options?: VmapOptions & { readonly methods?: readonly string[] | undefined },
): unknown {
  if (options === undefined) return liftDecorator(vmapTransform(target as VmapOptions));
  return liftTarget(target, { prefix: 'Vmap', methods: options.methods, transform: vmapTransform(options) });
}

/** What differs between examples. */
interface Slice {
  readonly variables: Groups;
  readonly keys: KeyGroups;
  readonly args: readonly unknown[];
}

function vmapTransform(options: VmapOptions): Transform {
  const { groups, axes, rngs, splits } = mappingOf(options.variableAxes, options.splitRngs);
  return (core, args) => {
    const who = `nn.vmap of ${core.who}`;
    const packed = pack(core.scopes, { in: groups, out: groups, rngs });
    const leaves = leavesWithAxes(args, argumentAxes(args, options.inAxes), 'arguments');
    const sliced = leaves.map((leaf) => isSliced(leaf, who));
    const mapped = leaves.filter((_, i) => sliced[i]);
    const stacked = variableLeaves(packed.variables, axes).filter(({ axis }) => axis !== null);
    const size = commonSize([...mapped, ...stacked], options.axisSize ?? null, { who, option: 'axisSize' });
    const xs: Slice = {
      args: mapped.map(({ value }) => value),
      variables: packed.variables.map((group, i) => (axes[i] === null ? [] : group)),
      keys: packed.keys.map((group, i) => (splits[i] ? splitKeys(group, size) : [])),
    };
    const { treedef } = treeFlatten(args);
    const example = (x: Slice): { y: unknown; variables: Groups } => {
      let next = 0;
      const given = treedef.unflatten(leaves.map((leaf, i) => (sliced[i] ? x.args[next++] : leaf.value)));
      const opened = packed.open(
        packed.variables.map((group, i) => (axes[i] === null ? group : x.variables[i]!)),
        packed.keys.map((group, i) => (splits[i] ? x.keys[i]! : group)),
      );
      const y = core.call(opened.scopes, given as readonly unknown[]);
      const variables = opened.close();
      for (const [i, axis] of axes.entries()) {
        if (axis !== null) continue;
        requireSharedKey(who, { pack: packed, rngs, splits }, [packed.variables[i]!, variables[i]!]);
      }
      return { y, variables };
    };
    const run = coreVmap(example as (x: Slice) => never, {
      inAxes: [{ args: mapped.map(({ axis }) => axis), variables: axes, keys: 0 }],
      outAxes: { y: options.outAxes ?? 0, variables: axes },
      axisSize: size,
      axisName: options.axisName ?? null,
    });
    const out = run(xs) as ReturnType<typeof example>;
    packed.publish(out.variables);
    return out.y;
  };
}
