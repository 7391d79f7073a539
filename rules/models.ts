/** NNX models, optimizers and streams among the names of a file. */
import type { TSESTree } from '@typescript-eslint/utils';
import { layers } from '../runtime/catalogue/layers.js';
import { nnxModule } from '../runtime/catalogue/modules.js';
import { statefulClasses } from '../runtime/catalogue/nnx-names.js';
import { valueStyle } from './classes.js';
import { isVariableClass } from './module-fields.js';
import { type Names, nnxName, variableAt } from './names.js';

const layerNames = new Set(layers.flatMap(({ nnx }) => (nnx === null ? [] : [nnx])));
const stateful = new Set(statefulClasses);

/** Whether a name of the package is a layer. */
export function isLayer(name: string): boolean {
  return layerNames.has(name);
}

/** Whether a name holds an NNX module, optimizer, metric or `Rngs`: by its annotation or by what it was set to. */
export function isStateful(node: TSESTree.Identifier, names: Names): boolean {
  const made = classOfName(node, names);
  return made !== null && isStatefulClass(made, names);
}

/** A module class of the NNX style, or one of the stateful classes of the package. */
export function isStatefulClass(node: TSESTree.Node, names: Names): boolean {
  const name = nnxName(node, names);
  if (name !== null) return stateful.has(name) || isLayer(name);
  return valueStyle(node, names) === nnxModule && !isVariableClass(node, names);
}

/** What a name is annotated with, or a new instance of; null where neither is seen. */
export function classOfName(node: TSESTree.Identifier, names: Names): TSESTree.Node | null {
  const definition = variableAt(node, names)?.defs[0];
  if (definition === undefined) return null;
  const type = annotationOf(definition.name as TSESTree.Node);
  if (type !== null) return type;
  const declarator = definition.node as TSESTree.Node;
  if (declarator.type !== 'VariableDeclarator' || declarator.id.type !== 'Identifier') return null;
  return declarator.init?.type === 'NewExpression' ? declarator.init.callee : null;
}

/** The name of the class that a parameter or variable is annotated with. */
export function annotationOf(name: TSESTree.Node): TSESTree.EntityName | null {
  const type = name.type === 'Identifier' ? name.typeAnnotation?.typeAnnotation : undefined;
  return type?.type === 'TSTypeReference' ? type.typeName : null;
}
