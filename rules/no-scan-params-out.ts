import type { TSESTree } from '@typescript-eslint/utils';
import type { FunctionNode } from './classes.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { isStateful } from './models.js';
import { nnxName } from './names.js';
import { functionOf } from './transformed.js';

/** `nnx.scan((x, layer) => [layer.call(x), nnx.state(layer)])`: parameters among the stacked results. */
export const noScanParamsOut = defineRule('no-scan-params-out', {
  mentions: ['scan'],
  visit: (file) => ({
    CallExpression: (node) => {
      if (nnxName(node.callee, file) !== 'scan') return;
      const body = functionOf(node.arguments[0], file);
      if (body === null) return;
      for (const result of returned(body)) {
        const parts = result.type === 'ArrayExpression' ? result.elements.slice(1) : [];
        for (const part of parts) {
          const model = part === null ? null : wholeState(part, body, file);
          if (part !== null && model !== null)
            file.report({ node: part, data: { what: `\`${file.source.getText(part)}\``, model } });
        }
      }
    },
  }),
});

/** The module whose whole state an expression gives: `nnx.state(layer)`, `nnx.split(layer)`, or the parameter itself. */
function wholeState(node: TSESTree.Node, body: FunctionNode, file: RuleFile): string | null {
  if (node.type === 'Identifier') {
    const isParameter = body.params.some((each) => each.type === 'Identifier' && each.name === node.name);
    return isParameter && isStateful(node, file) ? node.name : null;
  }
  if (node.type !== 'CallExpression' || node.arguments.length !== 1) return null;
  const name = nnxName(node.callee, file);
  return name === 'state' || name === 'split' || name === 'clone' ? file.source.getText(node.arguments[0]) : null;
}

function returned({ body }: FunctionNode): readonly TSESTree.Node[] {
  if (body.type !== 'BlockStatement') return [body];
  return body.body.flatMap((each) =>
    each.type === 'ReturnStatement' && each.argument !== null ? [each.argument] : [],
  );
}
