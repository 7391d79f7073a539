/** What a lifted class is made of: `nn.scan(Block, { … })`, through constants, one lift around another. */
import { linenModule } from '../../../runtime/catalogue/modules.js';
import type { TransformRecord } from '../../../runtime/catalogue/record.js';
import { transformByLinenName } from '../../../runtime/catalogue/transforms.js';
import { declarationIn } from '../../ir/declarations.js';
import type { ConstructTarget } from '../../ir/project.js';
import { entityOf } from '../../ir/resolve.js';
import type { Call, Expression, New, Span } from '../../ir/syntax.js';
import { camelCase, isInside, sliceOf } from '../text.js';
import type { Built, Draft, Submodule, SubmoduleCall } from './draft.js';
import type { LiftConstant, Lifting, LiftLevel } from './lift.js';

/** The target without its lifts. */
export function unlifted(target: ConstructTarget): Exclude<ConstructTarget, { readonly target: 'lifted' }> {
  return target.target === 'lifted' ? unlifted(target.of) : target;
}

/** Reads the lifts of a `new`; null with a refusal where one has a form that is not converted. */
export function readLifting(draft: Draft, node: New): Lifting | null {
  const levels: LiftLevel[] = [];
  const constants: LiftConstant[] = [];
  let at = node.callee;
  for (;;) {
    if (at.kind === 'TypeWrap') at = at.expression;
    else if (at.kind === 'Identifier' && at.binding !== null) {
      const place = declarationIn(draft.source, at.binding);
      if (place?.declares === 'import' && levels.length === 0)
        return refuse(draft, node, 'it is lifted in another file');
      if (
        place?.declares !== 'variable' ||
        place.declarator.init === null ||
        isPlainAlias(draft, place.declarator.init)
      )
        break;
      constants.push(place);
      at = place.declarator.init;
    } else if (at.kind === 'Call') {
      const level = readLevel(draft, node, at);
      if (level === null) return null;
      levels.push(level);
      const [inner] = at.args;
      if (inner === undefined || inner.kind === 'Spread') return refuse(draft, node, 'its class is not an argument');
      at = inner;
    } else break;
  }
  const lifting: Lifting = {
    levels,
    class: at,
    name: functionName(draft, { levels, constants, class: at }),
    constants,
  };
  return isSupportedOrder(levels) ? lifting : refuse(draft, node, `\`${namesOf(levels)}\` in this order`);
}

/** Refuses a lift for its form. */
export function refuseLift(
  draft: Draft,
  node: { readonly span: New['span'] },
  at: { lift: string; form: string },
): null {
  draft.refusals.add('L2N435', node.span, at);
  return null;
}

function refuse(draft: Draft, node: New, form: string): null {
  return refuseLift(draft, node, { lift: sliceOf(draft.source, node.callee.span), form });
}

/** `const Layer = Block`: the name of a class, not a lifted one. */
function isPlainAlias(draft: Draft, init: Expression): boolean {
  return entityOf(draft.context.model, draft.source.path, init)?.entity === 'class' && init.kind !== 'Call';
}

function readLevel(draft: Draft, node: New, call: Call): LiftLevel | null {
  const entity = entityOf(draft.context.model, draft.source.path, call.callee);
  const name = entity?.entity === 'external' && entity.module === linenModule ? entity.name : '';
  const record = transformByLinenName(name);
  if (record === undefined || record.refusal !== null) {
    draft.refusals.add(record?.refusal ?? 'L2N410', node.span, { lift: name });
    return null;
  }
  const options = readOptions(draft, { span: node.span, record }, call.args.slice(1));
  return options === null ? null : { record, options };
}

/** The options of a lift by name; null with a refusal where they are no plain literal, or hold one that is not converted. */
export function readOptions(
  draft: Draft,
  at: { readonly span: New['span']; readonly record: TransformRecord },
  args: Call['args'],
): ReadonlyMap<string, Expression> | null {
  const { record } = at;
  const no = (form: string): null => refuseLift(draft, at, { lift: record.linen, form });
  const [given] = args;
  if (args.length > 1) return no('its arguments');
  if (given === undefined) return new Map();
  if (given.kind !== 'ObjectLiteral') return no('options that are not an object literal');
  const options = new Map<string, Expression>();
  for (const each of given.properties) {
    if (each.kind === 'Spread' || each.key.name === null || each.method)
      return no('an option that is spread or computed');
    const { name } = each.key;
    if (record.droppedOptions.includes(name)) continue;
    if (!knownOptions(record).includes(name)) return no(`the option \`${name}\``);
    options.set(name, each.value);
  }
  return options;
}

/** What says where variables, keys and arguments are lifted; and what the record names. */
function knownOptions({ runs, sameOptions, sizeOption, positionsOption }: TransformRecord): readonly string[] {
  const axes = runs === 'same' ? [] : ['variableAxes', 'splitRngs', 'inAxes', 'outAxes'];
  const carried = runs === 'carry' ? ['variableBroadcast', 'variableCarry'] : [];
  return [...axes, ...carried, ...sameOptions, sizeOption ?? '', positionsOption ?? ''];
}

function functionName(draft: Draft, { levels, constants, class: of }: Omit<Lifting, 'name'>): string {
  const target = constants[0]?.declarator.target;
  if (target?.kind === 'IdentifierPattern') return camelCase(target.name);
  return camelCase(`${levels[0]?.record.nnx ?? ''}${lastName(sliceOf(draft.source, of.span))}`);
}

/** `Block` of `layers.Block`. */
export function lastName(text: string): string {
  return text.split('.').at(-1) ?? text;
}

// ------------------------------------------------------------------------------------------------------ parts

export interface LiftedPart extends Submodule {
  readonly lifting: NonNullable<Submodule['lifting']>;
}

export function liftedParts(built: readonly Built[]): readonly LiftedPart[] {
  return built.filter((each): each is LiftedPart => each.builds === 'module' && each.lifting !== null);
}

/** Linen lifts `call` alone; other methods of a lifted module run as they are. */
export function liftedCalls(part: Submodule): readonly SubmoduleCall[] {
  return part.lifting === null ? [] : part.calls.filter((each) => each.method === 'call');
}

/** The constants of lifted classes, where nothing but the parts reads them. */
export function constantSpans(draft: Draft, built: readonly Built[]): readonly Span[] {
  const statements = liftedParts(built).flatMap((each) => each.lifting.constants.map(({ statement }) => statement));
  return [...new Set(statements)].map((each) => each.span).filter((each) => isInside(each, draft.module.node.span));
}

/** Refuses constants that something else reads as well, or that stand outside the class. */
export function checkConstants(draft: Draft, parts: readonly Submodule[]): void {
  const own = parts.map((each) => each.node.callee.span);
  for (const part of parts) {
    for (const { statement, declarator } of part.lifting?.constants ?? []) {
      const name = sliceOf(draft.source, declarator.target.span);
      const refuse = (form: string): null => refuseLift(draft, part.node, { lift: name, form });
      if (!isInside(statement.span, draft.module.node.span)) refuse('it is lifted outside the class');
      else if (statement.declarators.length > 1) refuse('it is declared together with others');
      const binding = declarator.target.kind === 'IdentifierPattern' ? declarator.target.binding : null;
      const { reads = [], writes = [] } = draft.source.bindings[binding ?? ''] ?? {};
      const known = [
        ...own,
        ...parts.flatMap((each) => each.lifting?.constants.map((one) => one.statement.span) ?? []),
      ];
      const isElse = reads.some((read) => !known.some((each) => isInside(read, each)));
      if (binding === null || writes.length > 0 || isElse) refuse('it is used in another way as well');
    }
  }
}

/** Text that is replaced as a whole: constants of lifted classes, and what is called in place. */
export function liftSpans(draft: Draft, built: readonly Built[]): readonly Span[] {
  return [...constantSpans(draft, built), ...liftedParts(built).map((each) => each.node.callee.span)];
}

/** What Linen puts before the class's name in automatic names: `Scan`, `ScanCheckpoint`. */
export function prefixOf({ levels }: Lifting): string {
  return levels.map(({ record }) => record.prefix).join('');
}

/** Whether some collection is stacked: there is one module for each step. */
export function isStacked({ levels }: Lifting): boolean {
  return levels.some(({ options }) => {
    const axes = options.get('variableAxes');
    return (
      axes?.kind === 'ObjectLiteral' &&
      axes.properties.some(
        (each) => each.kind === 'Property' && each.value.kind === 'Literal' && each.value.value !== null,
      )
    );
  });
}

/** At most one lift that slices, and nothing that compiles inside it. */
function isSupportedOrder(levels: readonly LiftLevel[]): boolean {
  return levels.filter(({ record }) => record.runs !== 'same').length <= 1;
}

function namesOf(levels: readonly LiftLevel[]): string {
  return levels.map(({ record }) => record.linen).join('` around `');
}
