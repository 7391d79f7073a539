/** What each value argument of a program has to be, from what the program does with it. */
import type { ProgramPlan } from '../ir/program.js';
import type { ProjectModel } from '../ir/project.js';
import { entityOf } from '../ir/resolve.js';
import type { SourceModel } from '../ir/source.js';
import type { Call, FunctionExpression, Parameter } from '../ir/syntax.js';
import { walk } from '../ir/walk.js';
import { functions } from '../../runtime/catalogue/functions.js';
import type { ValueSpec } from './job.js';
import { type ArgumentPlace, argumentPlace, parameterName } from './program-function.js';
import { plain } from './recipe.js';
import { staticValue } from './static-value.js';

interface Use {
  readonly place: ArgumentPlace;
  readonly spec: ValueSpec;
}

/** One spec for each old parameter with the role `value`. */
export function valueSpecs(
  linen: ProjectModel,
  plan: ProgramPlan,
  program: FunctionExpression,
): { readonly [parameter: number]: ValueSpec } {
  const source = linen.sources[plan.path]!;
  const uses = usesIn({ linen, plan, source, program });
  const specs: { [parameter: number]: ValueSpec } = {};
  for (const { linen: position, role } of plan.params) {
    const parameter = position === null ? undefined : program.params[position];
    if (role.role !== 'value' || position === null || parameter === undefined) continue;
    const own = uses.filter((each) => each.place.parameter === position);
    specs[position] =
      specFrom(own.map(({ place, spec }) => ({ keys: place.keys, spec }))) ?? byType(linen, plan, parameter);
  }
  return specs;
}

interface Asked {
  readonly linen: ProjectModel;
  readonly plan: ProgramPlan;
  readonly source: SourceModel;
  readonly program: FunctionExpression;
}

function usesIn(asked: Asked): readonly Use[] {
  const uses: Use[] = [];
  walk(asked.program.body, (node) => {
    if (node.kind === 'Call') uses.push(...modelUses(asked, node), ...functionUses(asked, node));
  });
  return uses;
}

/** `model.apply(variables, [x, …])`: what goes into the model. */
function modelUses({ linen, plan, source, program }: Asked, node: Call): readonly Use[] {
  const site = linen.calls.find((each) => each.path === plan.path && each.node.span.start === node.span.start);
  const list = node.args[1];
  const type = site?.class ?? plan.models[0]?.class;
  if (site === undefined || type === undefined || list?.kind !== 'ArrayLiteral') return [];
  return list.elements.flatMap((each, argument) => {
    const place = each === null || each.kind === 'Spread' ? null : argumentPlace(source, program, each);
    return place === null ? [] : [{ place, spec: { wants: 'input', class: type, argument } as const }];
  });
}

/** Losses and the like, of which the catalogue says what each argument is. */
function functionUses({ linen, plan, source, program }: Asked, node: Call): readonly Use[] {
  const entity = entityOf(linen, plan.path, node.callee);
  if (entity?.entity !== 'external') return [];
  const record = functions.find((each) => each.module === entity.module && each.name === entity.name);
  return (record?.arguments ?? []).flatMap((wanted, index) => {
    const given = node.args[index];
    const place = given === undefined || given.kind === 'Spread' ? null : argumentPlace(source, program, given);
    if (place === null || (wanted.wants !== 'classes' && wanted.wants !== 'like')) return [];
    return [{ place, spec: { wants: wanted.wants === 'classes' ? 'classes' : 'likeOutput' } as const }];
  });
}

function specFrom(uses: readonly { keys: readonly (string | number)[]; spec: ValueSpec }[]): ValueSpec | null {
  const whole = uses.find((each) => each.keys.length === 0);
  if (whole !== undefined || uses.length === 0) return whole?.spec ?? null;
  const names = [...new Set(uses.map((each) => each.keys[0]!))];
  const part = (name: string | number): ValueSpec => {
    const own = uses.filter((each) => each.keys[0] === name);
    return specFrom(own.map(({ keys, spec }) => ({ keys: keys.slice(1), spec })))!;
  };
  if (names.every((each) => typeof each === 'number')) {
    const items = Array.from({ length: Math.max(...names) + 1 }, (_, index) =>
      names.includes(index) ? part(index) : ({ wants: 'unknown', name: String(index) } as const),
    );
    return { wants: 'list', items };
  }
  return { wants: 'record', entries: Object.fromEntries(names.map((name) => [String(name), part(name)])) };
}

function byType(linen: ProjectModel, { path }: ProgramPlan, parameter: Parameter): ValueSpec {
  const initial = parameter.initial === null ? null : staticValue(linen, path, parameter.initial);
  if (initial !== null) return { wants: 'recipe', recipe: initial };
  const keyword = parameter.type?.form.form === 'keyword' ? parameter.type.form.name : null;
  if (keyword === 'number') return { wants: 'recipe', recipe: plain(3) };
  if (keyword === 'boolean') return { wants: 'recipe', recipe: plain(true) };
  return { wants: 'unknown', name: parameterName(parameter) };
}
