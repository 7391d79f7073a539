/** What a call of a layer is given. */
import type { LayerRecord } from '../../../runtime/catalogue/record.js';
import type { Expression, Spread } from '../../ir/syntax.js';
import type { Draft, Submodule, SubmoduleCall } from './draft.js';
import { propertyPlace, unknownOption } from './option-places.js';
import { optionsOf } from './parts.js';

/** The options of a layer's call; refuses arguments that mean another thing in NNX, or nothing. */
export function checkCall(
  draft: Draft,
  at: { readonly record: LayerRecord; readonly call: Omit<SubmoduleCall, 'within'>; readonly label: string },
): Expression | Spread | undefined | 'refused' {
  const { record, call, label } = at;
  if (call.method !== 'call') {
    if (record.methods.includes(call.method)) return undefined;
    draft.refusals.add('L2N425', call.callee.span, { module: label, option: `\`.${call.method}\`` });
    return 'refused';
  }
  const { least, most } = record.inputs ?? { least: 1, most: 1 };
  const { args } = call.node;
  const last = args.at(-1);
  const hasOptions = args.length > least && last?.kind === 'ObjectLiteral';
  const count = args.length - (hasOptions ? 1 : 0);
  const options = hasOptions ? last : count > most ? args[most] : undefined;
  const known = [...record.callOptions, ...(record.mode === null ? [] : [record.mode.option])];
  const isOdd = count > most || count < least || args.some((each) => each.kind === 'Spread');
  const unknown = isOdd ? 'its arguments' : unknownOption(options, known);
  if (unknown === null) return options;
  draft.refusals.add('L2N425', call.node.span, { module: label, option: unknown });
  return 'refused';
}

/** A layer that would never drop anything is never asked for its mode. */
export function isModeAsked({ node, target }: Submodule, onlyWith: string | undefined): boolean {
  if (onlyWith === undefined) return true;
  const given = propertyPlace(optionsOf(node, target), onlyWith);
  return given !== null && !(given.value.kind === 'Literal' && given.value.value === 0);
}
