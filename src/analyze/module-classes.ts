/** Which classes are Linen modules, and the facts of each. */
import { linenModule } from '../../runtime/catalogue/modules.js';
import { parentOf } from '../ir/declarations.js';
import type { Entity, ModuleBase, ModuleClass, ModuleMethod, ProjectModel } from '../ir/project.js';
import { entityOf } from '../ir/resolve.js';
import type { SourceModel } from '../ir/source.js';
import type { ClassMember, ClassNode, Decorator, Expression, FunctionExpression } from '../ir/syntax.js';
import { type SyntaxNode, walk } from '../ir/walk.js';
import { constructorOf, holdsFunction, readFields } from './fields.js';

interface FoundClass {
  readonly source: SourceModel;
  readonly node: ClassNode;
  readonly name: string;
  readonly exported: boolean;
}

/** In path-then-position order. `model` need not have its classes yet. */
export function findModuleClasses(model: ProjectModel): readonly ModuleClass[] {
  const all = Object.values(model.sources).flatMap((source) => findClasses(source));
  const ids = nameClasses(all);
  const bases = new Map<ClassNode, ModuleBase | null>();
  const byNode = new Map(all.map((each) => [each.node, each]));

  const baseOf = (found: FoundClass): ModuleBase | null => {
    const known = bases.get(found.node);
    if (known !== undefined) return known;
    bases.set(found.node, null);
    const base = readBase(entityOfBase(model, found), (node) => {
      const parent = byNode.get(node);
      return parent === undefined || baseOf(parent) === null ? null : (ids.get(node) ?? null);
    });
    bases.set(found.node, base ?? unknownBase(model, found));
    return bases.get(found.node) ?? null;
  };
  return all.flatMap((found) => {
    const base = baseOf(found);
    return base === null ? [] : [describe(model, found, { base, id: ids.get(found.node) ?? found.name })];
  });
}

function findClasses(source: SourceModel): readonly FoundClass[] {
  const found: FoundClass[] = [];
  if (!source.text.includes('class')) return found;
  walk(source.body, (node) => {
    if (node.kind === 'ClassDeclaration') {
      const name = node.class.name ?? (node.default ? 'default' : 'anonymous');
      const exported = node.exported || isExported(source, node.class.binding);
      found.push({ source, node: node.class, name, exported });
    } else if (node.kind === 'ClassExpression') found.push({ source, node: node.class, ...holderOf(source, node) });
  });
  return found;
}

function isExported(source: SourceModel, binding: string | null): boolean {
  return binding !== null && (source.bindings[binding]?.exported ?? false);
}

/** A class expression goes by the name of the constant that holds it. */
function holderOf(
  source: SourceModel,
  node: SyntaxNode & { kind: 'ClassExpression' },
): Pick<FoundClass, 'name' | 'exported'> {
  const parent = parentOf(source, node);
  const own = node.class.name ?? 'anonymous';
  if (parent?.kind === 'ExportDefault') return { name: node.class.name ?? 'default', exported: true };
  if (parent?.kind !== 'Variable') return { name: own, exported: false };
  const target = parent.declarators.find((each) => each.init === node)?.target;
  if (target?.kind !== 'IdentifierPattern') return { name: own, exported: false };
  return { name: target.name, exported: isExported(source, target.binding) };
}

/** `<path>#<Name>`; a second class of that name in the file gets its place as well. */
function nameClasses(all: readonly FoundClass[]): ReadonlyMap<ClassNode, string> {
  const taken = new Set<string>();
  const ids = new Map<ClassNode, string>();
  for (const { source, node, name } of all) {
    const plain = `${source.path}#${name}`;
    const id = taken.has(plain) ? `${plain}@${node.span.start}` : plain;
    taken.add(id);
    ids.set(node, id);
  }
  return ids;
}

function entityOfBase(model: ProjectModel, found: FoundClass): Entity | null {
  return found.node.superClass === null ? null : entityOf(model, found.source.path, found.node.superClass);
}

function readBase(entity: Entity | null, idOf: (node: ClassNode) => string | null): ModuleBase | null {
  if (entity?.entity === 'class') {
    const id = idOf(entity.node);
    return id === null ? null : { base: 'class', id };
  }
  if (entity?.entity !== 'external' || entity.module !== linenModule) return null;
  return entity.name === 'Module' ? { base: 'module' } : { base: 'layer', name: entity.name };
}

/** A base that is not known (a mixin, a class of another package) on a class with compact methods: no plain class. */
function unknownBase(model: ProjectModel, found: FoundClass): ModuleBase | null {
  const base = found.node.superClass;
  if (base === null || entityOfBase(model, found)?.entity === 'class') return null;
  const isCompact = found.node.members
    .flatMap((each) => readMethod(model, found.source, each))
    .some((each) => each.compact !== null);
  return isCompact ? { base: 'layer', name: found.source.text.slice(base.span.start, base.span.end) } : null;
}

function describe(model: ProjectModel, found: FoundClass, known: { base: ModuleBase; id: string }): ModuleClass {
  const { source, node, name, exported } = found;
  const setup = node.members.find((each) => each.kind === 'Method' && each.name === 'setup' && !each.static);
  return {
    ...known,
    path: source.path,
    name,
    node,
    exported,
    fields: readFields(model, source, node),
    constructorMethod: constructorOf(node),
    setup: setup?.kind === 'Method' ? setup : null,
    methods: node.members.flatMap((each) => readMethod(model, source, each)),
  };
}

/** Everything that runs but the constructor and `setup`. */
function readMethod(model: ProjectModel, source: SourceModel, member: ClassMember): readonly ModuleMethod[] {
  if (member.static || member.name === null || member.name === 'setup') return [];
  const marks = member.decorators.map((each) => markOfDecorator(model, source, each));
  if (member.kind === 'Method') {
    if (member.role === 'constructor' || member.body === null) return [];
    return [methodFacts(member.name, member, { marks, by: 'decorator' })];
  }
  if (member.kind !== 'Field' || member.value === null || !holdsFunction(member.value)) return [];
  const wrapped = unwrap(model, source, member.value);
  if (wrapped === null) return [];
  return [methodFacts(member.name, wrapped.node, { marks: [...marks, ...wrapped.marks], by: 'wrapper' })];
}

interface Mark {
  /** A name of the Linen module; null for anything else. */
  readonly name: string | null;
  readonly options: Expression | null;
  readonly span: Expression['span'];
}

function methodFacts(
  name: string,
  node: ModuleMethod['node'],
  found: { readonly marks: readonly Mark[]; readonly by: 'decorator' | 'wrapper' },
): ModuleMethod {
  const linen = found.marks.flatMap((each) => (each.name === null ? [] : [{ ...each, name: each.name }]));
  return {
    name,
    node,
    compact: linen.some((each) => each.name === 'compact') ? found.by : null,
    nowrap: linen.some((each) => each.name === 'nowrap'),
    lifts: linen.filter((each) => each.name !== 'compact' && each.name !== 'nowrap'),
  };
}

function markOfDecorator(model: ProjectModel, source: SourceModel, decorator: Decorator): Mark {
  const { expression, span } = decorator;
  const callee = expression.kind === 'Call' ? expression.callee : expression;
  const first = expression.kind === 'Call' ? expression.args[0] : undefined;
  const options = first === undefined || first.kind === 'Spread' ? null : first;
  return { name: linenName(entityOf(model, source.path, callee)), options, span };
}

/** `nn.remat(nn.compact(function …))`: the function inside, and what it is wrapped in, outermost first. */
function unwrap(
  model: ProjectModel,
  source: SourceModel,
  value: Expression,
): { readonly node: FunctionExpression; readonly marks: readonly Mark[] } | null {
  if (value.kind === 'Function') return { node: value, marks: [] };
  if (value.kind !== 'Call') return null;
  const [first, second] = value.args;
  const inner = first === undefined || first.kind === 'Spread' ? null : unwrap(model, source, first);
  if (inner === null) return null;
  const options = second === undefined || second.kind === 'Spread' ? null : second;
  const name = linenName(entityOf(model, source.path, value.callee));
  return { node: inner.node, marks: [{ name, options, span: value.span }, ...inner.marks] };
}

export function linenName(entity: Entity | null): string | null {
  return entity?.entity === 'external' && entity.module === linenModule ? entity.name : null;
}
