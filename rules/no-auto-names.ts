import type { TSESTree } from '@typescript-eslint/utils';
import { layers } from '../runtime/catalogue/layers.js';
import { transforms } from '../runtime/catalogue/transforms.js';
import { isLinenClass } from './classes.js';
import { defineRule } from './define-rule.js';
import { nnxName, staticKey, staticProperty } from './names.js';

const layerNames = new Set(layers.map(({ linen }) => linen));
const prefixes = transforms.map(({ prefix }) => prefix).filter((prefix) => prefix !== '');

/** `Dense_0`, `ScanBlock_0` in strings and as properties, where `Dense` is a layer or `Block` a Linen class of the file. */
export const noAutoNames = defineRule('no-auto-names', {
  visit: (file) => {
    if (!/[A-Za-z]_\d/.test(file.source.text)) return {};
    const classes = new Set<string>();
    const seen: { readonly node: TSESTree.Node; readonly names: readonly string[] }[] = [];
    const see = (node: TSESTree.Node, text: string | null): void => {
      const names = text?.split('/').filter((name) => /^[A-Za-z]\w*_\d+$/.test(name)) ?? [];
      if (names.length > 0) seen.push({ node, names });
    };
    return {
      ClassDeclaration: (node) => {
        if (node.id !== null && isLinenClass(node, file)) classes.add(node.id.name);
      },
      MemberExpression: (node) => {
        if (nnxName(node, file) === null) see(node.property, staticProperty(node));
      },
      Property: (node) => {
        if (node.key.type === 'Identifier') see(node.key, staticKey(node));
      },
      Literal: (node) => {
        if (typeof node.value === 'string' && node.parent.type !== 'MemberExpression') see(node, node.value);
      },
      'Program:exit': () => {
        for (const { node, names } of seen) {
          const name = names.find((each) => isAutoName(each, classes));
          if (name !== undefined) file.report({ node, data: { name } });
        }
      },
    };
  },
});

function isAutoName(name: string, classes: ReadonlySet<string>): boolean {
  const base = /^([A-Za-z]\w*)_\d+$/.exec(name)?.[1];
  if (base === undefined) return false;
  const inner = prefixes.find((prefix) => base.startsWith(prefix) && base.length > prefix.length);
  return [base, ...(inner === undefined ? [] : [base.slice(inner.length)])].some(
    (each) => layerNames.has(each) || classes.has(each),
  );
}
