/** What a name of a file stands for in the Linen style, from its own imports and constants: no type information. */
import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import { linenModule } from '../runtime/catalogue/modules.js';

type Scope = TSESLint.Scope.Scope;
type Variable = TSESLint.Scope.Variable;

/** The Linen name of `nn.Dense`, of an imported or renamed `Dense`, or of a constant that stands for one; `*` for the namespace. */
export function linenName(node: TSESTree.Node, scope: Scope): string | null {
  if (node.type === 'MemberExpression') {
    const property = staticProperty(node);
    return property !== null && linenName(node.object, scope) === '*' ? property : null;
  }
  if (node.type !== 'Identifier') return null;
  const variable = variableOf(node.name, scope);
  const definition = variable?.defs[0];
  if (variable === null || definition === undefined || variable.defs.length !== 1) return null;
  if (String(definition.type) === 'ImportBinding')
    return importedLinenName(definition.node as TSESTree.Node, definition.parent ?? null);
  return constantLinenName(node.name, definition, variable.scope);
}

/** Whether the class extends a module of the Linen style, directly or through classes of this file. */
export function isLinenClass(node: TSESTree.ClassDeclaration | TSESTree.ClassExpression, scope: Scope): boolean {
  const base = node.superClass;
  if (base === null || base === undefined) return false;
  if (linenName(base, scope) !== null) return true;
  if (base.type !== 'Identifier') return false;
  const parent = classNamed(base.name, scope);
  return parent !== null && parent.node !== node && isLinenClass(parent.node, parent.scope);
}

/** A class declared in this file, under a name seen from `scope`. */
export function classNamed(
  name: string,
  scope: Scope,
): { node: TSESTree.ClassDeclaration | TSESTree.ClassExpression; scope: Scope } | null {
  const variable = variableOf(name, scope);
  const node = variable?.defs[0]?.node as TSESTree.Node | undefined;
  if (variable === null || node === undefined) return null;
  if (node.type === 'ClassDeclaration') return { node, scope: variable.scope };
  return node.type === 'VariableDeclarator' && node.init?.type === 'ClassExpression'
    ? { node: node.init, scope: variable.scope }
    : null;
}

/** The variable a name refers to, looking outwards from `scope`. */
export function variableOf(name: string, scope: Scope): Variable | null {
  for (let at: Scope | null = scope; at !== null; at = at.upper) {
    const variable = at.set.get(name);
    if (variable !== undefined) return variable;
  }
  return null;
}

/** The literal name of a member access; null when it is computed. */
export function staticProperty(node: TSESTree.MemberExpression): string | null {
  if (!node.computed && node.property.type === 'Identifier') return node.property.name;
  return node.computed && node.property.type === 'Literal' && typeof node.property.value === 'string'
    ? node.property.value
    : null;
}

function importedLinenName(specifier: TSESTree.Node, declaration: TSESTree.Node | null): string | null {
  if (declaration?.type !== 'ImportDeclaration' || declaration.source.value !== linenModule) return null;
  if (specifier.type === 'ImportNamespaceSpecifier') return '*';
  if (specifier.type !== 'ImportSpecifier') return null;
  return specifier.imported.type === 'Identifier' ? specifier.imported.name : specifier.imported.value;
}

/** `const D = nn.Dense`, `const { Dense: D } = nn`. */
function constantLinenName(name: string, definition: Variable['defs'][number], scope: Scope): string | null {
  const declarator = definition.node as TSESTree.Node;
  if (declarator.type !== 'VariableDeclarator' || declarator.init === null) return null;
  if ((definition.parent as TSESTree.VariableDeclaration | undefined)?.kind !== 'const') return null;
  if (declarator.id.type === 'Identifier') return linenName(declarator.init, scope);
  if (declarator.id.type !== 'ObjectPattern' || linenName(declarator.init, scope) !== '*') return null;
  const property = declarator.id.properties.find(
    (each): each is TSESTree.Property =>
      each.type === 'Property' && each.value.type === 'Identifier' && each.value.name === name,
  );
  return property?.key.type === 'Identifier' && !property.computed ? property.key.name : null;
}
