/** By which name each model and each optimizer is known, where. */
import { ancestorsOf, namesIn } from '../../ir/declarations.js';
import { originalBinding, withoutWraps } from '../../ir/resolve.js';
import type { SourceModel, SourcePath } from '../../ir/source.js';
import type { BindingId, Declarator, Pattern, Span, VariableStatement } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import type { SiteAnalysis } from './analyse.js';
import { type FunctionShape, modelName, statePartsOf } from './function-shapes.js';
import { isBornIn, type Template, templateOf } from './template.js';
import type { Instance } from './value.js';
import type { ProjectModel } from '../../ir/project.js';

/** A name that holds a model or its optimizer in the new program. */
export interface Carrier {
  readonly instance: Instance;
  readonly holds: 'model' | 'optimizer';
  readonly name: string;
  readonly path: SourcePath;
  readonly scope: Span;
  readonly from:
    | { readonly by: 'parameter'; readonly function: FunctionShape }
    /** The `new`, or the call of a function that makes the model. */
    | { readonly by: 'declaration'; readonly statement: VariableStatement }
    | { readonly by: 'import' };
}

export function carriersOf(
  model: ProjectModel,
  analysis: SiteAnalysis,
  where: { readonly shapes: readonly FunctionShape[]; readonly paths: readonly SourcePath[] },
): readonly Carrier[] {
  const found: Carrier[] = where.shapes.flatMap(parameterCarriers);
  const constructs = new Map<BindingId, Instance>();
  for (const path of where.paths) {
    const source = model.sources[path];
    if (source === undefined) continue;
    eachDeclarator(source, (statement, declarator) => {
      for (const carrier of declaredCarriers({ model, source, analysis }, { statement, declarator })) {
        found.push(carrier);
        const { target } = declarator;
        if (carrier.holds !== 'model' || target.kind !== 'IdentifierPattern' || target.binding === null) continue;
        // A train state's name is gone in the new text: `const { model, optimizer } = …`.
        if (target.name === carrier.name) constructs.set(target.binding, carrier.instance);
      }
    });
  }
  for (const path of where.paths) found.push(...importedCarriers(model, path, constructs));
  return found;
}

/** The innermost name in force at a place. */
export function carrierAt(
  carriers: readonly Carrier[],
  instance: Instance,
  place: { readonly holds: Carrier['holds']; readonly path: SourcePath; readonly at: number },
): Carrier | null {
  const inForce = carriers.filter(
    (each) =>
      each.instance.id === instance.id &&
      each.holds === place.holds &&
      each.path === place.path &&
      each.scope.start <= place.at &&
      place.at < each.scope.end,
  );
  const size = ({ scope }: Carrier): number => scope.end - scope.start;
  return inForce.sort((a, b) => size(a) - size(b))[0] ?? null;
}

function parameterCarriers(shape: FunctionShape): readonly Carrier[] {
  return shape.params.flatMap(({ role, name }): readonly Carrier[] => {
    if (name === null) return [];
    const { path, node } = shape;
    const from = { by: 'parameter', function: shape } as const;
    if (role.role === 'trainState') {
      return statePartsOf(role, name).map((each) => ({ ...each, path, scope: node.span, from }));
    }
    if (role.role !== 'model' && role.role !== 'optimizer') return [];
    return [{ instance: role.instance, holds: role.role, name, path, scope: node.span, from }];
  });
}

function eachDeclarator(
  source: SourceModel,
  visit: (statement: VariableStatement, declarator: Declarator) => void,
): void {
  walk(source.body, (node) => {
    if (node.kind === 'ClassDeclaration' || node.kind === 'ClassExpression') return false;
    if (node.kind === 'Variable') for (const each of node.declarators) visit(node, each);
    return true;
  });
}

function declaredCarriers(
  { model, source, analysis }: { model: ProjectModel; source: SourceModel; analysis: SiteAnalysis },
  { statement, declarator }: { statement: VariableStatement; declarator: Declarator },
): readonly Carrier[] {
  if (declarator.init === null) return [];
  const init = withoutWraps(declarator.init);
  const { path } = source;
  const scope = scopeOf(source, statement);
  const from = { by: 'declaration', statement } as const;
  const value = analysis.facts.values.get(init);
  if (value?.is === 'model' && init.kind === 'New' && declarator.target.kind === 'IdentifierPattern') {
    return [{ instance: value.instance, holds: 'model', name: declarator.target.name, path, scope, from }];
  }
  const copy =
    declarator.target.kind === 'IdentifierPattern' ? analysis.facts.copied.get(declarator.target) : undefined;
  if (copy !== undefined && declarator.target.kind === 'IdentifierPattern') {
    const wanted = modelName(model, copy.to);
    const name = wanted === declarator.target.name ? wanted : freeName(source, wanted, scope);
    return [{ instance: copy.to, holds: 'model', name, path, scope, from }];
  }
  const fact = init.kind === 'Call' ? analysis.facts.calls.get(init) : undefined;
  if (fact?.call === 'tx.init' || fact?.call === 'trainState.create') {
    const name = freeName(source, 'optimizer', scope);
    const copies = fact.call === 'tx.init' ? [] : fact.copies.map(({ to }) => to);
    return [
      { instance: fact.instance, holds: 'optimizer', name, path, scope, from },
      ...copies.map((instance): Carrier => {
        const copied = freeName(source, modelName(model, instance), scope);
        return { instance, holds: 'model', name: copied, path, scope, from };
      }),
    ];
  }
  if (fact?.call !== 'function') return [];
  const result = analysis.facts.results.get(fact.function);
  if (result === undefined) return [];
  const template = templateOf(result, isBornIn(fact.path, fact.function));
  return placesIn(declarator.target, template).map((each) => ({ ...each, path, scope, from }));
}

/** Where a pattern takes a model in: under the name that the structure gives it. */
function placesIn(
  pattern: Pattern,
  template: Template,
): readonly { readonly instance: Instance; readonly holds: Carrier['holds']; readonly name: string }[] {
  if (template.part === 'model' || template.part === 'optimizer') {
    return [{ instance: template.instance, holds: template.part, name: template.part }];
  }
  if (template.part === 'trainState') {
    return template.parts.map(({ key, holds, instance }) => ({ instance, holds, name: key }));
  }
  if (template.part === 'tuple' && pattern.kind === 'ArrayPattern') {
    return template.items.flatMap((each, index) => {
      const below = pattern.elements[index];
      return below === null || below === undefined ? [] : placesIn(below, each);
    });
  }
  if (template.part === 'record' && pattern.kind === 'ObjectPattern') {
    return pattern.properties.flatMap((each) => {
      const below = each.key.name === null ? undefined : template.entries.get(each.key.name);
      return below === undefined ? [] : placesIn(each.value, below);
    });
  }
  return [];
}

function scopeOf(source: SourceModel, statement: VariableStatement): Span {
  const block = ancestorsOf(source, statement).find((each) =>
    ['Block', 'Function', 'For', 'Switch'].includes(each.kind),
  );
  return block?.span ?? { start: 0, end: source.text.length };
}

/** The wanted name, or the first of it with a number that nothing in the scope has. */
export function freeName(source: SourceModel, wanted: string, scope: Span): string {
  const taken = new Set(
    Object.values(source.bindings)
      .filter(({ span, functionScope }) => contains(scope, span) || contains(functionScope, scope))
      .map((each) => each.name),
  );
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}${count}`;
    if (!taken.has(name)) return name;
  }
}

function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function importedCarriers(
  model: ProjectModel,
  path: SourcePath,
  constructs: ReadonlyMap<BindingId, Instance>,
): readonly Carrier[] {
  const source = model.sources[path];
  if (source === undefined) return [];
  return source.body
    .filter((each) => each.kind === 'Import')
    .flatMap((each) => each.names)
    .flatMap((each): readonly Carrier[] => {
      const original = originalBinding(model, each.binding);
      const instance = original === null ? undefined : constructs.get(original);
      if (instance === undefined) return [];
      const scope = { start: 0, end: source.text.length };
      return [{ instance, holds: 'model', name: each.local, path, scope, from: { by: 'import' } }];
    });
}

/** The names a pattern declares. */
export function boundNames(pattern: Pattern): readonly BindingId[] {
  return namesIn(pattern).map(([id]) => id);
}
