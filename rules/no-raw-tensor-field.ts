import type { TSESTree } from '@typescript-eslint/utils';
import { classOfThis, isNnxClass } from './classes.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { fieldWritten } from './module-fields.js';
import { jaxName, tensorName } from './names.js';

const notTensors = new Set(['tf', 'util', 'memory', 'getBackend', 'tidy']);

/** `this.scale = tf.ones([8])` in NNX modules, and fields with such an initial value. */
export const noRawTensorField = defineRule('no-raw-tensor-field', {
  visit: (file) => ({
    AssignmentExpression: (node) => {
      const field = node.operator === '=' ? fieldWritten(node) : null;
      if (field === null || !isTensor(node.right, file)) return;
      const owner = classOfThis(node);
      if (owner !== null && isNnxClass(owner, file)) file.report({ node: node.left, data: { field } });
    },
    PropertyDefinition: (node) => {
      if (node.static || node.value === null || !isTensor(node.value, file)) return;
      const owner = node.parent.parent;
      if (isNnxClass(owner, file) && node.key.type === 'Identifier')
        file.report({ node: node.key, data: { field: node.key.name } });
    },
  }),
});

/** A call of TensorFlow.js or of `jax.random` that gives a tensor. */
function isTensor(node: TSESTree.Node, file: RuleFile): boolean {
  if (node.type !== 'CallExpression') return false;
  const name = tensorName(node.callee, file);
  if (name !== null) return !notTensors.has(name) && !name.includes('.') && /^[a-z]/.test(name);
  const drawn = /^random\.(\w+)$/.exec(jaxName(node.callee, file) ?? '')?.[1];
  return drawn !== undefined && !/^(key|PRNGKey|split|foldIn|wrapKeyData|keyData|clone)$/.test(drawn);
}
