import { type SyntaxNode, walk } from '../../src/ir/walk.js';
import type { SourceModel } from '../../src/ir/source.js';

/** What must hold of every file read. Gives the faults as sentences, so that a test shows all of them. */
export function faultsOf(source: SourceModel): readonly string[] {
  const faults: string[] = [];
  const holders = readersByStart(source);
  walk(source.body, (node, parent) => {
    const say = (what: string) => faults.push(`${node.kind} at ${node.span.start}: ${what}`);
    if (parent !== null && !parent.kind.startsWith('Opaque') && !contains(parent, node))
      say(`outside its ${parent.kind}`);
    checkText(source.text, node, say);
    if (node.kind === 'Identifier') checkBinding(node, holders, say);
  });
  for (const binding of Object.values(source.bindings)) {
    for (const { start, end } of [binding.span, ...binding.reads, ...binding.writes]) {
      const text = source.text.slice(start, end);
      if (text !== binding.name) faults.push(`binding ${binding.id} covers "${text}", not "${binding.name}"`);
    }
  }
  return faults;
}

function readersByStart(source: SourceModel): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  for (const binding of Object.values(source.bindings)) {
    for (const { start } of binding.reads) found.set(start, [...(found.get(start) ?? []), binding.id]);
  }
  return found;
}

function contains(outer: SyntaxNode, inner: SyntaxNode): boolean {
  return outer.span.start <= inner.span.start && inner.span.end <= outer.span.end;
}

function checkText(text: string, node: SyntaxNode, say: (what: string) => void): void {
  const slice = (start: number, end: number) => text.slice(start, end);
  switch (node.kind) {
    case 'Identifier':
      if (slice(node.span.start, node.span.end) !== node.name) say(`covers "${slice(node.span.start, node.span.end)}"`);
      return;
    case 'Member':
      if (slice(node.propertySpan.start, node.propertySpan.end) !== node.property)
        say('propertySpan is not the property');
      return;
    case 'Call':
    case 'New': {
      const inside = node.argsSpan;
      if (inside !== null && text[inside.start - 1] + (text[inside.end] ?? '') !== '()')
        say('argsSpan is not in parentheses');
      return;
    }
    case 'Method':
      if (text[node.paramsSpan.start - 1] !== '(' || text[node.paramsSpan.end] !== ')') say('paramsSpan is wrong');
      return;
    case 'ClassDeclaration':
    case 'ClassExpression': {
      const { start, end } = node.class.bodySpan;
      if (text[start - 1] !== '{' || text[end] !== '}') say('bodySpan is not in braces');
      return;
    }
    default:
  }
}

/** A read is in exactly the reads of the binding it names, a global's in none. */
function checkBinding(
  node: Extract<SyntaxNode, { kind: 'Identifier' }>,
  holders: ReadonlyMap<number, readonly string[]>,
  say: (what: string) => void,
): void {
  const held = holders.get(node.span.start) ?? [];
  const expected = node.binding === null ? [] : [node.binding];
  if (held.join() !== expected.join())
    say(`${node.name} means ${String(node.binding)} but is a read of [${held.join()}]`);
}
