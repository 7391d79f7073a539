import { defineRule } from './define-rule.js';
import { staticProperty } from './names.js';
import { transformAround } from './transformed.js';

const reads = new Set(['dataSync', 'arraySync', 'data', 'array', 'bytes']);
const alwaysTensor = new Set(['dataSync', 'arraySync']);

/** Values of tensors read inside functions under a transform. */
export const noDataSyncInStep = defineRule('no-data-sync-in-step', {
  mentions: ['dataSync', 'arraySync', '.data(', '.array(', '.bytes('],
  visit: (file) => ({
    CallExpression: (node) => {
      const { callee } = node;
      const name = callee.type === 'MemberExpression' ? staticProperty(callee) : null;
      if (callee.type !== 'MemberExpression' || name === null || !reads.has(name) || node.arguments.length > 0) return;
      if (!alwaysTensor.has(name) && node.parent.type !== 'AwaitExpression') return;
      const transform = transformAround(node, file);
      if (transform !== null) file.report({ node: callee.property, data: { name, transform } });
    },
  }),
});
