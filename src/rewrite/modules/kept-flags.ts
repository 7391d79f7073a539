/** Modes that stay arguments of each call: flags that do not simply follow `train()` and `eval()`. */
import type { Expression, Span } from '../../ir/syntax.js';
import { sliceOf } from '../text.js';
import type { Built, Draft, ModeDecisions, ModeRemoval, Submodule } from './draft.js';
import { optionsOf } from './parts.js';

/** Every layer is told its mode where it is called; every method keeps its parameters. */
export function keepFlags(draft: Draft, built: readonly Built[]): ModeDecisions {
  const removals: ModeRemoval[] = [];
  const constants = new Map<Submodule, { readonly option: string; readonly value: string }>();
  const moved: Span[] = [];
  for (const part of built) {
    if (part.builds !== 'module') continue;
    const given = modeOf(part);
    if (given === null) {
      refuseMissing(draft, part);
      continue;
    }
    removals.push({ of: 'property', call: part.node, argument: part.node.args.length - 1, property: given.index });
    const isReadable = part.method !== 'setup' || !readsNames(given.value);
    const isHere = part.calls.every((each) => each.within === part.method) || !readsNames(given.value);
    if (!isReadable || !isHere) {
      draft.refusals.add('L2N412', given.value.span, {
        module: 'A layer',
        option: `\`${sliceOf(draft.source, given.value.span)}\``,
      });
      continue;
    }
    constants.set(part, { option: given.option, value: sliceOf(draft.source, given.value.span) });
    moved.push(given.value.span);
  }
  const methods = new Map(
    draft.module.methods.map(
      ({ name, node }) => [name, { positions: node.params.map((_, index) => index), mode: null }] as const,
    ),
  );
  return { removals, handed: [], constants, moded: new Set(), fixed: new Map(), methods, constructorMode: null, moved };
}

/** The mode given where a layer is built; null where it is given in the call. */
function modeOf(
  part: Submodule,
): { readonly option: string; readonly value: Expression; readonly index: number } | null {
  const { target, node } = part;
  const option = target.target === 'layer' ? target.record.mode?.option : undefined;
  if (option === undefined) return null;
  const properties = optionsOf(node, target)?.properties ?? [];
  const index = properties.findIndex((each) => each.kind === 'Property' && each.key.name === option);
  const property = properties[index];
  return property?.kind === 'Property' ? { option, value: property.value, index } : null;
}

/** A layer that is told its mode nowhere fails in Linen, and would follow the model here. */
function refuseMissing(draft: Draft, { target, calls, node }: Submodule): void {
  if (target.target !== 'layer' || target.record.mode === null) return;
  const { option, onlyWith } = target.record.mode;
  if (onlyWith !== undefined) {
    const properties = optionsOf(node, target)?.properties ?? [];
    if (!properties.some((each) => each.kind === 'Property' && each.key.name === onlyWith)) return;
  }
  for (const call of calls) {
    const last = call.node.args.at(-1);
    const isGiven =
      last?.kind === 'ObjectLiteral' &&
      last.properties.some((each) => each.kind === 'Property' && each.key.name === option);
    if (call.method === 'call' && !isGiven)
      draft.refusals.add('L2N415', call.node.span, { module: `\`${sliceOf(draft.source, node.callee.span)}\`` });
  }
}

/** Whether an expression names something besides `this`. */
function readsNames(node: Expression): boolean {
  switch (node.kind) {
    case 'Literal':
    case 'This':
      return false;
    case 'Member':
      return readsNames(node.object);
    case 'Unary':
      return readsNames(node.argument);
    default:
      return true;
  }
}
