/** Comments, told from look-alikes in strings, templates, regular expressions and JSX text by the parsed tree. */
import { ts } from 'ts-morph';
import type { Comment } from '../ir/source.js';
import { endOfLine } from './reader.js';

/** Walks the tree only where the text holds a candidate. */
export function readComments(file: ts.SourceFile): readonly Comment[] {
  const text = file.text;
  const comments: Comment[] = [];
  const start = text.startsWith('#!') ? endOfLine(text, 0) : 0;
  let at = nextCandidate(text, start);

  const takeUntil = (end: number): void => {
    while (at < end) {
      const comment = commentAt(text, at);
      comments.push(comment);
      at = nextCandidate(text, comment.span.end);
    }
  };
  const visit = (node: ts.Node): void => {
    if (node.end <= at) return;
    if (isTextToken(node)) {
      takeUntil(node.kind === ts.SyntaxKind.JsxText ? node.pos : node.getStart(file));
      if (at < node.end) at = nextCandidate(text, node.end);
      return;
    }
    ts.forEachChild(node, (child) => {
      takeUntil(child.pos);
      visit(child);
    });
    takeUntil(node.end);
  };
  if (at < text.length) visit(file);
  takeUntil(text.length);
  return comments;
}

function nextCandidate(text: string, from: number): number {
  for (let at = text.indexOf('/', from); at !== -1; at = text.indexOf('/', at + 1)) {
    const next = text[at + 1];
    if (next === '/' || next === '*') return at;
  }
  return text.length;
}

function commentAt(text: string, start: number): Comment {
  if (text[start + 1] === '/') {
    const end = endOfLine(text, start);
    return { span: { start, end }, form: 'line', text: text.slice(start + 2, end) };
  }
  const close = text.indexOf('*/', start + 2);
  const end = close === -1 ? text.length : close + 2;
  return { span: { start, end }, form: 'block', text: text.slice(start + 2, close === -1 ? end : close) };
}

function isTextToken(node: ts.Node): boolean {
  return (
    ts.isStringLiteral(node) ||
    ts.isRegularExpressionLiteral(node) ||
    ts.isJsxText(node) ||
    ts.isNoSubstitutionTemplateLiteral(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddleOrTemplateTail(node)
  );
}
