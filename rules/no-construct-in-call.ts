import type { TSESTree } from '@typescript-eslint/utils';
import { nnxModule } from '../runtime/catalogue/modules.js';
import { enclosingClass, isNnxClass, valueStyle } from './classes.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { isLayer } from './models.js';
import { isVariableClass } from './module-fields.js';
import { nnxName, staticKey } from './names.js';

/** Layers and parameters made in methods of NNX modules. */
export const noConstructInCall = defineRule('no-construct-in-call', {
  mentions: ['new '],
  visit: (file) => ({
    NewExpression: (node) => {
      const member = methodAround(node);
      const owner = member === null ? null : enclosingClass(member);
      if (member === null || owner === null || !isNnxClass(owner, file) || !makesParameters(node.callee, file)) return;
      const method = `${owner.id?.name ?? 'This class'}.${staticKey(member) ?? 'a method'}`;
      file.report({ node, data: { name: file.source.getText(node.callee), owner: method } });
    },
  }),
});

/** The method that runs the node at each call: not the constructor, not a static one. */
function methodAround(node: TSESTree.Node): TSESTree.MethodDefinition | null {
  for (let at: TSESTree.Node | undefined = node.parent; at; at = at.parent) {
    if (at.type === 'MethodDefinition') return at.kind === 'method' && !at.static ? at : null;
    if (at.type === 'PropertyDefinition') return null;
  }
  return null;
}

/** A module class, or `nnx.Param`: other Variables hold what calls compute. */
function makesParameters(callee: TSESTree.Node, file: RuleFile): boolean {
  const name = nnxName(callee, file);
  if (name !== null) return name === 'Param' || isLayer(name);
  return valueStyle(callee, file) === nnxModule && !isVariableClass(callee, file);
}
