import type { TSESTree } from '@typescript-eslint/utils';
import { calledOnThis, classOfThis, isNnxClass } from './classes.js';
import { defineRule } from './define-rule.js';
import { literalText } from './literals.js';
import { jaxName, nnxName } from './names.js';

const gradients = new Set(['grad', 'valueAndGrad', 'vjp']);
const readers = new Set(['pop', 'capture', 'state', 'split']);

/** `this.sow(…, 'aux_loss', …)` in a file whose training step pops nothing. */
export const noUnreadSow = defineRule('no-unread-sow', {
  mentions: ['sow'],
  visit: (file) => {
    const sown: { readonly node: TSESTree.Node; readonly name: string; readonly variable: string }[] = [];
    let trains = false;
    let reads = false;
    return {
      CallExpression: (node) => {
        const name = nnxName(node.callee, file);
        trains ||= gradients.has(name ?? jaxName(node.callee, file) ?? '');
        reads ||= readers.has(name ?? '') && node.arguments.length > 1;
        if (calledOnThis(node)?.name !== 'sow') return;
        const owner = classOfThis(node);
        const label = literalText(node.arguments[1]);
        if (owner === null || label === null || !/loss|regulari|penalty|kl/i.test(label) || !isNnxClass(owner, file))
          return;
        const variable = nnxName(node.arguments[0], file) ?? 'Intermediate';
        sown.push({ node, name: label, variable });
      },
      'Program:exit': () => {
        if (!trains || reads) return;
        for (const { node, name, variable } of sown) file.report({ node, data: { name, variable } });
      },
    };
  },
});
