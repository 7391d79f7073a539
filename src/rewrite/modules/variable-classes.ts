/** The Variable class of each collection; a custom one is declared once in a project. */
import { collections } from '../../../runtime/catalogue/collections.js';
import { nnxModule } from '../../../runtime/catalogue/modules.js';
import type { ModuleClass, ProjectModel } from '../../ir/project.js';
import { entityOf } from '../../ir/resolve.js';
import type { SourcePath } from '../../ir/source.js';
import type { Call } from '../../ir/syntax.js';
import { walk } from '../../ir/walk.js';
import { pascalCase } from '../text.js';
import type { Draft } from './draft.js';

export interface CollectionClass {
  readonly collection: string;
  /** Name of the class; of the NNX namespace unless `home` says where it is declared. */
  readonly name: string;
  readonly home: { readonly class: ModuleClass; readonly path: SourcePath; readonly declared: boolean } | null;
  /** The type of its values as written, where all uses in the home file agree. */
  readonly value: string | null;
}

/** The class for a collection: the catalogue's, one the project has already, or one to be declared at its home. */
export function collectionClass(model: ProjectModel, collection: string): CollectionClass | null {
  const known = collections.find((each) => each.collection === collection);
  if (known !== undefined) return { collection, name: known.variable, home: null, value: null };
  const home = model.classes.find((each) => usesOf(each, collection).length > 0);
  if (home === undefined) return null;
  const name = freeName(model, home.path, pascalCase(collection));
  const existing = existingHome(model, pascalCase(collection));
  if (existing !== null)
    return {
      collection,
      name: pascalCase(collection),
      home: { class: home, path: existing, declared: true },
      value: null,
    };
  const values = new Set(
    usesOf(home, collection)
      .map((each) => valueType(home, each))
      .filter((each) => each !== null),
  );
  const value = values.size === 1 ? [...values][0]! : null;
  return { collection, name, home: { class: home, path: home.path, declared: false }, value };
}

/** `nnx.Param`, `Counter`. */
export function variableClassText(draft: Draft, collection: string): string {
  const found = collectionClass(draft.context.model, collection);
  if (found === null) return `${draft.nnx}.Variable`;
  return found.home === null ? `${draft.nnx}.${found.name}` : found.name;
}

/** `this.variable(collection, …)` and `this.sow(collection, …)` in a class. */
function usesOf(module: ModuleClass, collection: string): readonly Call[] {
  const found: Call[] = [];
  for (const member of module.node.members) {
    walk(member, (node) => {
      if (node.kind !== 'Call' || node.callee.kind !== 'Member' || node.callee.object.kind !== 'This') return;
      const first = node.args[0];
      if (!['variable', 'sow'].includes(node.callee.property) || first?.kind !== 'Literal') return;
      if (first.value === collection) found.push(node);
    });
  }
  return found;
}

/** `T` of a field declared as `VariableRef<T>` that the call is assigned to. */
function valueType(module: ModuleClass, call: Call): string | null {
  let field: string | null = null;
  for (const member of module.node.members) {
    walk(member, (node) => {
      if (node.kind !== 'Assign' || node.value !== call || node.target.kind !== 'PlacePattern') return;
      if (node.target.place.kind === 'Member') field = node.target.place.property;
    });
  }
  const declared = module.node.members.find((each) => each.kind === 'Field' && each.name === field);
  const form = declared?.kind === 'Field' ? declared.type?.form : undefined;
  return form?.form === 'reference' ? (form.args[0]?.text ?? null) : null;
}

/** A file that declares `class <name> extends nnx.Variable` already. */
function existingHome(model: ProjectModel, name: string): SourcePath | null {
  for (const source of Object.values(model.sources)) {
    for (const statement of source.body) {
      if (statement.kind !== 'ClassDeclaration' || statement.class.name !== name || statement.class.superClass === null)
        continue;
      const base = entityOf(model, source.path, statement.class.superClass);
      if (base?.entity === 'external' && base.module === nnxModule) return source.path;
    }
  }
  return null;
}

function freeName(model: ProjectModel, path: SourcePath, wished: string): string {
  const bindings = Object.values(model.sources[path]?.bindings ?? {});
  return bindings.some((each) => each.name === wished) ? `${wished}Variable` : wished;
}
