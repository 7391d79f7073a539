/** Booleans that choose a mode, followed to the parameter or field they come from. */
import { declarationIn } from '../../ir/declarations.js';
import { literalOf } from '../../ir/literal.js';
import type { BindingId, Expression, Pattern, VariableStatement } from '../../ir/syntax.js';
import type { Draft } from './draft.js';

export type FlagSource =
  | {
      readonly from: 'parameter';
      readonly method: string;
      readonly index: number;
      readonly key: string | null;
      readonly binding: BindingId;
    }
  | { readonly from: 'field'; readonly name: string };

/** `value`: constant · `flag`: the flag's own value, or its negation. */
export type ModeValue =
  | { readonly mode: 'constant'; readonly value: boolean }
  | {
      readonly mode: 'flag';
      readonly flag: FlagSource;
      readonly negated: boolean;
      readonly initial: boolean | null;
      /** Constants it came through. */
      readonly aliases: readonly Alias[];
    };
export interface Alias {
  readonly binding: BindingId;
  readonly init: Expression;
  readonly statement: VariableStatement;
}
type FlagValue = Extract<ModeValue, { mode: 'flag' }>;

/** What a mode expression in a method is; null where it is not understood. */
export function modeValueOf(draft: Draft, method: string, expression: Expression): ModeValue | null {
  const { model } = draft.context;
  const literal = literalOf(model, draft.source.path, expression);
  if (literal !== null) return typeof literal.value === 'boolean' ? { mode: 'constant', value: literal.value } : null;
  switch (expression.kind) {
    case 'TypeWrap':
      return modeValueOf(draft, method, expression.expression);
    case 'Unary':
      return expression.operator === '!' ? negated(modeValueOf(draft, method, expression.argument)) : null;
    case 'Binary':
      return withDefault(draft, method, expression);
    case 'Member':
      return memberValue(draft, method, expression);
    case 'Identifier':
      return expression.binding === null ? null : bindingValue(draft, method, expression.binding);
    default:
      return null;
  }
}

export function sameFlag(a: FlagSource, b: FlagSource): boolean {
  if (a.from === 'field' || b.from === 'field')
    return a.from === b.from && 'name' in a && 'name' in b && a.name === b.name;
  return a.method === b.method && a.index === b.index && a.key === b.key;
}

function negated(value: ModeValue | null): ModeValue | null {
  if (value === null) return null;
  return value.mode === 'constant' ? { ...value, value: !value.value } : { ...value, negated: !value.negated };
}

/** `training ?? false`. */
function withDefault(
  draft: Draft,
  method: string,
  { operator, left, right }: Extract<Expression, { kind: 'Binary' }>,
): ModeValue | null {
  if (operator !== '??') return null;
  const value = modeValueOf(draft, method, left);
  const initial = literalOf(draft.context.model, draft.source.path, right)?.value;
  if (value?.mode !== 'flag' || typeof initial !== 'boolean' || value.initial !== null) return null;
  return { ...value, initial: value.negated ? !initial : initial };
}

function memberValue(
  draft: Draft,
  method: string,
  { object, property }: Extract<Expression, { kind: 'Member' }>,
): ModeValue | null {
  if (object.kind === 'This') {
    const field = draft.module.fields.find((each) => each.name === property && each.position !== null);
    if (field === undefined) return null;
    const initial =
      field.initial === null ? null : literalOf(draft.context.model, draft.source.path, field.initial)?.value;
    if (initial !== null && typeof initial !== 'boolean') return null;
    return flag({ from: 'field', name: property }, initial);
  }
  if (object.kind !== 'Identifier' || object.binding === null) return null;
  const place = declarationIn(draft.source, object.binding);
  if (
    place?.declares !== 'parameter' ||
    place.parameter.pattern.kind !== 'IdentifierPattern' ||
    isWritten(draft, object.binding)
  )
    return null;
  if (!isOwn(draft, method, place.function)) return null;
  return flag({ from: 'parameter', method, index: place.index, key: property, binding: object.binding }, null);
}

function bindingValue(draft: Draft, method: string, binding: BindingId): ModeValue | null {
  const place = declarationIn(draft.source, binding);
  if (isWritten(draft, binding)) return null;
  if (place?.declares === 'parameter') {
    const key = place.keys?.length === 1 ? place.keys[0] : undefined;
    if (!isOwn(draft, method, place.function)) return null;
    const { pattern, initial } = place.parameter;
    if (pattern.kind === 'IdentifierPattern') {
      return withInitial(draft, { from: 'parameter', method, index: place.index, key: null, binding }, initial);
    }
    const named = pattern.kind === 'ObjectPattern' ? patternDefault(pattern, binding) : null;
    if (named === null || (key !== undefined && typeof key !== 'string')) return null;
    return withInitial(
      draft,
      { from: 'parameter', method, index: place.index, key: named.key, binding },
      named.initial,
    );
  }
  if (place?.declares !== 'variable' || place.declarator.init === null) return null;
  if (place.declarator.target.kind !== 'IdentifierPattern') return destructured(draft, method, { place, binding });
  const value = modeValueOf(draft, method, place.declarator.init);
  if (value?.mode !== 'flag') return value;
  const alias: Alias = { binding, init: place.declarator.init, statement: place.statement };
  return { ...value, aliases: [...value.aliases, alias] };
}

/** `const { training } = options`, `const { training } = this`. */
function destructured(
  draft: Draft,
  method: string,
  at: {
    readonly place: { readonly declarator: { readonly target: Pattern; readonly init: Expression | null } };
    readonly binding: BindingId;
  },
): ModeValue | null {
  const { target, init } = at.place.declarator;
  const named = target.kind === 'ObjectPattern' ? patternDefault(target, at.binding) : null;
  if (named === null || init === null || named.initial !== null) return null;
  const span = init.span;
  return memberValue(draft, method, {
    kind: 'Member',
    span,
    object: init,
    property: named.key,
    propertySpan: span,
    optional: false,
  });
}

function patternDefault(
  pattern: Extract<Pattern, { kind: 'ObjectPattern' }>,
  binding: BindingId,
): { key: string; initial: Expression | null } | null {
  for (const { key, value } of pattern.properties) {
    const target = value.kind === 'DefaultPattern' ? value.target : value;
    if (target.kind !== 'IdentifierPattern' || target.binding !== binding || key.name === null) continue;
    return { key: key.name, initial: value.kind === 'DefaultPattern' ? value.value : null };
  }
  return null;
}

function withInitial(draft: Draft, source: FlagSource, initial: Expression | null): FlagValue | null {
  if (initial === null) return flag(source, null);
  const value = literalOf(draft.context.model, draft.source.path, initial)?.value;
  return typeof value === 'boolean' ? flag(source, value) : null;
}

function flag(source: FlagSource, initial: boolean | null): FlagValue {
  return { mode: 'flag', flag: source, negated: false, initial, aliases: [] };
}

function isWritten(draft: Draft, binding: BindingId): boolean {
  return (draft.source.bindings[binding]?.writes.length ?? 0) > 0;
}

function isOwn(draft: Draft, method: string, node: unknown): boolean {
  return draft.module.methods.some((each) => each.name === method && each.node === node);
}
