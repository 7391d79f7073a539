import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import { nnxModule } from '../runtime/catalogue/modules.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { isStateful } from './models.js';
import { jaxName, namespaceImport } from './names.js';
import { functionOf } from './transformed.js';
import type { FunctionNode } from './classes.js';

const plain = new Set([
  'jit',
  'grad',
  'valueAndGrad',
  'vmap',
  'checkpoint',
  'remat',
  'lax.scan',
  'lax.cond',
  'lax.whileLoop',
]);

/** `jax.jit(f)`, `jax.grad(f)` … over a function that takes, or closes over, an NNX object with state. */
export const noPlainTransform = defineRule('no-plain-transform', {
  fixable: true,
  visit: (file) => ({
    CallExpression: (node) => {
      const name = jaxName(node.callee, file);
      if (name === null || !plain.has(name)) return;
      const body = functionOf(node.arguments[0], file);
      const model = body === null ? null : statefulOf(body, file);
      if (model === null) return;
      const transform = name.replace(/^lax\./, '');
      file.report({ node: node.callee, data: { transform, model }, fix: fixOf(node, transform, file) });
    },
  }),
});

/** A parameter with state, or a name from outside that the body calls or passes on. */
function statefulOf(body: FunctionNode, file: RuleFile): string | null {
  const parameter = body.params.find((each) => each.type === 'Identifier' && isStateful(each, file));
  if (parameter?.type === 'Identifier') return parameter.name;
  const scope = file.source.scopeManager?.acquire(body);
  const outer = scope?.through.map(({ identifier }) => identifier as TSESTree.Identifier) ?? [];
  return outer.find((each) => each.type === 'Identifier' && isUsed(each) && isStateful(each, file))?.name ?? null;
}

/** Called, called a method of, or given to a call. */
function isUsed(node: TSESTree.Identifier): boolean {
  const { parent } = node;
  if (parent.type === 'CallExpression') return true;
  return (
    parent.type === 'MemberExpression' && parent.parent.type === 'CallExpression' && parent.parent.callee === parent
  );
}

/** `nnx.` in place of `jax.`, where the transform has no options and the file imports `nnx`. */
function fixOf(node: TSESTree.CallExpression, transform: string, file: RuleFile): TSESLint.ReportFixFunction | null {
  const nnx = namespaceImport(nnxModule, file);
  const simple = transform === 'jit' || transform === 'grad' || transform === 'valueAndGrad';
  if (nnx === null || !simple || node.arguments.length !== 1) return null;
  return (fixer) => fixer.replaceText(node.callee, `${nnx}.${transform}`);
}
