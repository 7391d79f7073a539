/** Samples of a class: from the `init` sites of the project, as far as the text alone tells their values. */
import type { ModulePlan } from '../ir/module-plan.js';
import { positionOf } from '../ir/position.js';
import type { ModelCall, ProjectModel } from '../ir/project.js';
import { withoutWraps } from '../ir/resolve.js';
import type { SourceModel } from '../ir/source.js';
import type { Expression, New } from '../ir/syntax.js';
import { walk } from '../ir/walk.js';
import type { Case } from './job.js';
import { plainValue, type Recipe } from './recipe.js';
import { staticValue, staticValues } from './static-value.js';

/** Cases of `plan`'s class, without duplicates. `nnx` is the project with the new texts. */
export function casesOf(linen: ProjectModel, nnx: ProjectModel, plan: ModulePlan): readonly Case[] {
  const entries = ['init', 'initWithOutput', 'lazyInit'];
  const sites = linen.calls.filter((each) => each.class === plan.class && entries.includes(each.entry));
  const found = sites.flatMap((site) => caseAt({ linen, nnx, plan }, site) ?? []);
  const seen = new Set<string>();
  return found.filter(({ construct, args, method }) => {
    const text = JSON.stringify([construct, args, method]);
    return !seen.has(text) && seen.add(text);
  });
}

interface Asked {
  readonly linen: ProjectModel;
  readonly nnx: ProjectModel;
  readonly plan: ModulePlan;
}

function caseAt({ linen, nnx, plan }: Asked, site: ModelCall): Case | null {
  const made = linen.constructs.find((each) => each.id === site.construct);
  if (made === undefined) return null;
  const construct = staticValues(linen, made.path, made.node.args);
  const args = argumentList(linen, site);
  const source = linen.sources[site.path];
  if (construct === null || args === null || source === undefined) return null;
  const from = `${site.path}:${positionOf(source.text, site.node.span.start).line}`;
  const sizes = sizesAt({ linen, nnx, plan }, made);
  return { from, construct, sizes, args, method: methodOf(linen, site) };
}

function argumentList(model: ProjectModel, { path, node }: ModelCall): readonly Recipe[] | null {
  const list = node.args[1];
  if (list === undefined || list.kind === 'Spread') return null;
  const value = staticValue(model, path, list);
  return value?.make === 'list' ? value.items : null;
}

function methodOf(model: ProjectModel, { path, node }: ModelCall): string {
  const options = node.args[2];
  const method = options === undefined || options.kind === 'Spread' ? null : staticValue(model, path, options);
  const name =
    method?.make === 'record' ? plainValue(method.entries['method'] ?? { make: 'plain', value: null }) : null;
  return typeof name === 'string' ? name : 'call';
}

/** The size arguments that the new text passes at the place of this construction; null when the text does not tell. */
function sizesAt({ linen, nnx, plan }: Asked, made: { path: string; node: New }): readonly number[] | null {
  const [before, after] = [linen.sources[made.path], nnx.sources[made.path]];
  if (before === undefined || after === undefined) return null;
  const name = calleeName(made.node);
  const [old, fresh] = [before, after].map((source) => constructions(source, name));
  const at = old!.findIndex((each) => each.span.start === made.node.span.start);
  const node = old!.length === fresh!.length ? fresh![at] : undefined;
  if (node === undefined) return null;
  const sizes = plan.parameters.flatMap((each, index) => (each.from === 'size' ? [node.args[index]] : []));
  const values = sizes.map((each) => numberAt(nnx, made.path, each));
  return values.every((each) => each !== null) ? values : null;
}

function numberAt(model: ProjectModel, path: string, node: New['args'][number] | undefined): number | null {
  if (node === undefined || node.kind === 'Spread') return null;
  const value = staticValue(model, path, node);
  return value?.make === 'plain' && typeof value.value === 'number' ? value.value : null;
}

function constructions({ body }: SourceModel, name: string | null): readonly New[] {
  const found: New[] = [];
  walk(body, (node) => {
    if (node.kind === 'ClassDeclaration' || node.kind === 'ClassExpression') return false;
    if (node.kind === 'New' && name !== null && calleeName(node) === name) found.push(node);
    return true;
  });
  return found;
}

function calleeName({ callee }: { readonly callee: Expression }): string | null {
  const node = withoutWraps(callee);
  if (node.kind === 'Identifier') return node.name;
  return node.kind === 'Member' ? node.property : null;
}
