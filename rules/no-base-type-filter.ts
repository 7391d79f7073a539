import type { TSESTree } from '@typescript-eslint/utils';
import { defineRule, type RuleFile } from './define-rule.js';
import { isVariableClass } from './module-fields.js';
import { nnxName } from './names.js';

/** The position of the first filter, by function. */
const filtered: { readonly [name: string]: number } = { split: 1, state: 1, pop: 1, splitState: 1, filterState: 1 };

/** A base class of Variables before one of its subclasses, or popped where the file has subclasses of it. */
export const noBaseTypeFilter = defineRule('no-base-type-filter', {
  mentions: ['split', 'pop', 'state', 'State'],
  visit: (file) => {
    const subclasses: { readonly name: string; readonly base: string }[] = [];
    const calls: TSESTree.CallExpression[] = [];
    return {
      ClassDeclaration: ({ id, superClass }) => {
        if (id !== null && superClass !== null && isVariableClass(superClass, file))
          subclasses.push({ name: id.name, base: textOf(superClass, file) });
      },
      CallExpression: (node) => {
        if (filtered[nnxName(node.callee, file) ?? ''] !== undefined) calls.push(node);
      },
      'Program:exit': () => {
        for (const call of calls) checkCall(call, subclasses, file);
      },
    };
  },
});

function checkCall(
  call: TSESTree.CallExpression,
  subclasses: readonly { readonly name: string; readonly base: string }[],
  file: RuleFile,
): void {
  const name = nnxName(call.callee, file)!;
  const filters = call.arguments.slice(filtered[name]);
  filters.forEach((filter, i) => {
    if (!isVariableClass(filter, file)) return;
    const base = textOf(filter, file);
    const later = filters
      .slice(i + 1)
      .find((each) => isVariableClass(each, file) && extendsIt(each, base, subclasses, file));
    const own =
      name === 'pop' && filters.length === 1 ? subclasses.find((each) => each.base === base)?.name : undefined;
    const subclass = later === undefined ? own : file.source.getText(later);
    if (subclass !== undefined) file.report({ node: filter, data: { filter: file.source.getText(filter), subclass } });
  });
}

function extendsIt(
  node: TSESTree.Node,
  base: string,
  subclasses: readonly { readonly name: string; readonly base: string }[],
  file: RuleFile,
): boolean {
  const text = textOf(node, file);
  if (base === 'Variable') return text !== 'Variable';
  return subclasses.some((each) => each.name === text && each.base === base);
}

/** The NNX name, or that of a class of the file. */
function textOf(node: TSESTree.Node, file: RuleFile): string {
  return nnxName(node, file) ?? file.source.getText(node);
}
