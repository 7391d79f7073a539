import { describe, expect, test } from '@jest/globals';
import { globSync } from 'tinyglobby';
import { readFileSync } from 'node:fs';
import { readSource } from '../../src/analyze/read-source.js';
import { walk, type SyntaxNode } from '../../src/ir/walk.js';
import type { SourceModel } from '../../src/ir/source.js';

const root = new URL('../../', import.meta.url).pathname;
const ownFiles = globSync(['runtime/**/*.ts', 'src/**/*.ts', 'tests/**/*.ts', 'scripts/*.mjs', '*.js'], { cwd: root });

describe.each(ownFiles)('%s', (path) => {
  const source = readSource({ path, bytes: readFileSync(root + path) });
  test('reads without errors and keeps its invariants', () => {
    expect(source.errors).toEqual([]);
    expectSound(source);
  });
});

/** Spans slice back to the text, children lie in order inside their parents, and each name is told exactly once. */
function expectSound(source: SourceModel): void {
  const { text, bindings } = source;
  walk(source.body, (node, parent) => {
    if (parent !== null && !parent.kind.startsWith('Opaque')) expectInside(node, parent);
    if (node.kind === 'Identifier') {
      expect(text.slice(node.span.start, node.span.end)).toBe(node.name);
      const holders = Object.values(bindings).filter((each) =>
        each.reads.some((read) => read.start === node.span.start),
      );
      expect(holders.map((each) => each.id)).toEqual(node.binding === null ? [] : [node.binding]);
    }
    if (node.kind === 'Member') expect(text.slice(node.propertySpan.start, node.propertySpan.end)).toBe(node.property);
    if (node.kind === 'Call') {
      expect(text[node.argsSpan.start - 1]).toBe('(');
      expect(text[node.argsSpan.end]).toBe(')');
    }
  });
  for (const binding of Object.values(bindings)) {
    for (const span of [binding.span, ...binding.reads, ...binding.writes]) {
      expect(text.slice(span.start, span.end)).toBe(binding.name);
    }
  }
}

function expectInside(node: SyntaxNode, parent: SyntaxNode): void {
  if (node.span.start < parent.span.start || node.span.end > parent.span.end) {
    throw new Error(`${node.kind} at ${node.span.start} lies outside its ${parent.kind} at ${parent.span.start}`);
  }
}
