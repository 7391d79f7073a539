/** Lists and records of parts that `setup` fills, and what methods do with their elements. */
import { declarationIn, namesIn, parentOf } from '../../ir/declarations.js';
import type { BindingId, Call, Expression, FunctionExpression, Identifier, Member, Pattern } from '../../ir/syntax.js';
import type { SyntaxNode } from '../../ir/walk.js';
import type { Draft, ElementPlace, Holder } from './draft.js';

/** The field and place of a part that goes into a list or record at once; null where it goes another way. */
export function elementHolder(draft: Draft, node: Expression): Holder | null {
  const { source } = draft;
  const parent = parentOf(source, node);
  if (parent?.kind === 'ArrayLiteral') {
    const index = parent.elements.findIndex((each) => each === node);
    const isPlain = parent.elements.every((each) => each !== null && each.kind !== 'Spread');
    return isPlain ? keptIn(draft, parent, { place: 'item', index }) : null;
  }
  if (parent?.kind === 'Property' && parent.key.name !== null && !parent.method) {
    const record = parentOf(source, parent);
    return record?.kind === 'ObjectLiteral' ? keptIn(draft, record, { place: 'key', key: parent.key.name }) : null;
  }
  const call = returnedBy(draft, node);
  if (call !== null) return keptIn(draft, call, { place: 'turn', loop: call });
  return pushedTo(draft, node);
}

/** `this.x = <value>` in `setup`. */
function keptIn(draft: Draft, value: SyntaxNode, place: ElementPlace): Holder | null {
  const parent = parentOf(draft.source, value);
  if (parent?.kind === 'TypeWrap') return keptIn(draft, parent, place);
  if (parent?.kind !== 'Assign' || parent.operator !== '=' || parent.target.kind !== 'PlacePattern') return null;
  const statement = parentOf(draft.source, parent);
  const { place: target } = parent.target;
  if (statement?.kind !== 'Expression' || target.kind !== 'Member' || target.object.kind !== 'This') return null;
  return { holder: 'element', name: target.property, statement, place };
}

/** The `.map` or `Array.from` whose callback gives the node back and does nothing else. */
function returnedBy(draft: Draft, node: Expression): Call | null {
  const { source } = draft;
  const parent = parentOf(source, node);
  if (parent?.kind === 'TypeWrap') return returnedBy(draft, parent);
  const isOnly = parent?.kind === 'Return';
  const block = isOnly ? parentOf(source, parent) : null;
  const fn = isOnly ? (block?.kind === 'Block' ? parentOf(source, block) : null) : parent;
  if (fn?.kind !== 'Function' || !fn.arrow || (isOnly && (block?.kind !== 'Block' || block.body.at(-1) !== parent)))
    return null;
  const call = parentOf(source, fn);
  return call?.kind === 'Call' && callbackOf(call) === fn ? call : null;
}

/** The function that `xs.map(f)` or `Array.from(xs, f)` calls once for each item. */
export function callbackOf(call: Call): FunctionExpression | null {
  const { callee, args } = call;
  if (callee.kind !== 'Member') return null;
  const isFrom =
    callee.property === 'from' &&
    callee.object.kind === 'Identifier' &&
    callee.object.binding === null &&
    callee.object.name === 'Array';
  const f = isFrom ? args[1] : callee.property === 'map' && args.length === 1 ? args[0] : undefined;
  return f?.kind === 'Function' ? f : null;
}

/** `this.layers.push(new …)`, or a local list that becomes the field: in one loop, one element a turn. */
function pushedTo(draft: Draft, node: Expression): Holder | null {
  const { source } = draft;
  const call = parentOf(source, node);
  if (
    call?.kind !== 'Call' ||
    call.callee.kind !== 'Member' ||
    call.callee.property !== 'push' ||
    call.args.length !== 1
  )
    return null;
  const statement = parentOf(source, call);
  const body = statement === null ? null : parentOf(source, statement);
  const loop = body?.kind === 'Block' ? parentOf(source, body) : body;
  if (statement?.kind !== 'Expression' || (loop?.kind !== 'For' && loop?.kind !== 'ForEach')) return null;
  const { object } = call.callee;
  const place: ElementPlace = { place: 'turn', loop };
  if (object.kind === 'Member' && object.object.kind === 'This')
    return { holder: 'element', name: object.property, statement, place };
  if (object.kind !== 'Identifier' || object.binding === null) return null;
  const declared = declarationIn(source, object.binding);
  const reads = draft.identifiers.get(object.binding) ?? [];
  const others = reads.filter((each) => each !== object);
  const isEmpty =
    declared?.declares === 'variable' &&
    declared.declarator.init?.kind === 'ArrayLiteral' &&
    declared.declarator.init.elements.length === 0;
  const [only, more] = others;
  return isEmpty && only !== undefined && more === undefined ? keptIn(draft, only, place) : null;
}

// -------------------------------------------------------------------------------------------------------- uses

export interface ElementUses {
  /** Expressions that are one element. */
  readonly elements: readonly Expression[];
  /** Uses that are not followed, with what they are. */
  readonly lost: readonly { readonly node: SyntaxNode; readonly form: string }[];
}

/** Follows the uses of a list or record of parts to its elements. */
export function elementsOf(draft: Draft, list: Expression, place: ElementPlace): ElementUses {
  const parent = parentOf(draft.source, list);
  if (parent?.kind === 'TypeWrap') return elementsOf(draft, parent, place);
  if (place.place === 'key') return keyUse(parent, { list, key: place.key });
  switch (parent?.kind) {
    case 'ForEach':
      return parent.iterable === list && parent.over === 'of' && !parent.await
        ? named(draft, parent.target)
        : lost(list, 'used as a whole');
    case 'Index':
      return parent.object === list ? { elements: [parent], lost: [] } : lost(list, 'used as an index');
    case 'Member':
      return memberUse(draft, { list, member: parent, place });
    case 'Variable': {
      const declarator = parent.declarators.find((each) => each.init === list);
      const { target } = declarator ?? {};
      if (target?.kind === 'ArrayPattern')
        return together(target.elements.map((each) => (each === null ? none : named(draft, each))));
      return target?.kind === 'IdentifierPattern' && target.binding !== null && isConstant(draft, target.binding)
        ? together(mentions(draft, target.binding).map((each) => elementsOf(draft, each, place)))
        : lost(list, 'kept in a variable');
    }
    default:
      return lost(list, 'used as a whole');
  }
}

const none: ElementUses = { elements: [], lost: [] };

function keyUse(parent: SyntaxNode | null, at: { readonly list: Expression; readonly key: string }): ElementUses {
  if (parent?.kind === 'Member' && parent.object === at.list) {
    return parent.property === at.key ? { elements: [parent], lost: [] } : none;
  }
  if (parent?.kind === 'Index' && parent.index.kind === 'Literal' && typeof parent.index.value === 'string') {
    return parent.index.value === at.key ? { elements: [parent], lost: [] } : none;
  }
  return lost(at.list, 'used as a whole');
}

const iterations: readonly string[] = ['entries', 'values'];
const parts: readonly string[] = ['slice', 'toReversed'];

function memberUse(
  draft: Draft,
  at: { readonly list: Expression; readonly member: Member; readonly place: ElementPlace },
): ElementUses {
  const { list, member, place } = at;
  if (member.object !== list) return lost(list, 'used as a whole');
  const call = parentOf(draft.source, member);
  if (member.property === 'length') return none;
  if (call?.kind !== 'Call' || call.callee !== member) return lost(list, `\`.${member.property}\` is read`);
  if (member.property === 'at') return { elements: [call], lost: [] };
  if (member.property === 'push') return none;
  if (parts.includes(member.property)) return elementsOf(draft, call, place);
  if (iterations.includes(member.property)) return iterated(draft, call, member.property);
  const position = member.property === 'reduce' ? 1 : ['forEach', 'map'].includes(member.property) ? 0 : null;
  const callback = call.args[0];
  if (position === null || callback?.kind !== 'Function') return lost(list, `\`.${member.property}\` is called`);
  const parameter = callback.params[position];
  return parameter === undefined ? none : named(draft, parameter.pattern);
}

/** `for (const [i, layer] of this.layers.entries())`. */
function iterated(draft: Draft, call: Call, how: string): ElementUses {
  const loop = parentOf(draft.source, call);
  if (loop?.kind !== 'ForEach' || loop.iterable !== call) return lost(call, `\`.${how}()\` is kept`);
  if (how === 'values') return named(draft, loop.target);
  const item = loop.target.kind === 'ArrayPattern' ? loop.target.elements[1] : undefined;
  return item == null ? none : named(draft, item);
}

/** Every mention of what a pattern names. */
function named(draft: Draft, pattern: Pattern): ElementUses {
  if (pattern.kind !== 'IdentifierPattern') return { elements: [], lost: [{ node: pattern, form: 'taken apart' }] };
  const ids = namesIn(pattern).map(([id]) => id);
  if (ids.some((id) => !isConstant(draft, id)))
    return { elements: [], lost: [{ node: pattern, form: 'assigned again' }] };
  return { elements: ids.flatMap((id) => mentions(draft, id)), lost: [] };
}

function isConstant(draft: Draft, id: BindingId): boolean {
  return draft.source.bindings[id]?.writes.length === 0;
}

function mentions(draft: Draft, id: BindingId): readonly Identifier[] {
  return draft.identifiers.get(id) ?? [];
}

function together(uses: readonly ElementUses[]): ElementUses {
  return { elements: uses.flatMap((each) => each.elements), lost: uses.flatMap((each) => each.lost) };
}

function lost(node: SyntaxNode, form: string): ElementUses {
  return { elements: [], lost: [{ node, form }] };
}
