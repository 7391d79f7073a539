/** Comments that speak to the tool: hints of the person, markers of an earlier run. */
import type { Comment, SourceModel } from './source.js';
import type { Span, Statement } from './syntax.js';
import { type SyntaxNode, walk } from './walk.js';

export type Annotation =
  /** `// @linen2nnx shape x: [batch, 784]`: `topic` is `shape`, `text` the rest of the line. */
  | {
      readonly annotation: 'hint';
      readonly topic: string;
      readonly text: string;
      readonly span: Span;
      readonly node: AnnotatedNode | null;
    }
  /** `// @linen2nnx-todo L2N117 …` */
  | {
      readonly annotation: 'marker';
      readonly code: string;
      readonly text: string;
      readonly span: Span;
      readonly node: AnnotatedNode | null;
    };
/** What an annotation stands above, or behind on its line: a statement or a member of a class. */
export type AnnotatedNode = Statement | Extract<SyntaxNode, { kind: 'Method' | 'Field' | 'OpaqueMember' }>;

const hint = /^\s*\*?\s*@linen2nnx\s+([a-z][\w-]*)\s*:?\s*(.*?)\s*$/;
const marker = /^\s*\*?\s*@linen2nnx-todo\s+(L2N\d+)\s*(.*?)\s*$/;
const cache = new WeakMap<SourceModel, readonly Annotation[]>();

/** In text order. A block comment may hold several, one a line. */
export function annotationsOf(source: SourceModel): readonly Annotation[] {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const comments = source.comments.filter((each) => each.text.includes('@linen2nnx'));
  const made = comments.flatMap((each) => readComment(source, each));
  cache.set(source, made);
  return made;
}

function readComment(source: SourceModel, comment: Comment): readonly Annotation[] {
  const node = nodeFor(source, comment.span);
  return comment.text.split(/\r?\n/).flatMap((line): readonly Annotation[] => {
    const [, code, reason] = marker.exec(line) ?? [];
    if (code !== undefined) return [{ annotation: 'marker', code, text: reason ?? '', span: comment.span, node }];
    const [, topic, text] = hint.exec(line) ?? [];
    return topic === undefined ? [] : [{ annotation: 'hint', topic, text: text ?? '', span: comment.span, node }];
  });
}

/** The innermost statement or member that ends on the comment's line before it, else the first that starts after it. */
function nodeFor(source: SourceModel, span: Span): AnnotatedNode | null {
  const lineStart = source.text.lastIndexOf('\n', span.start - 1) + 1;
  let before: AnnotatedNode | null = null;
  let after: AnnotatedNode | null = null;
  walk(source.body, (node) => {
    if (!isAnnotated(node) || node.kind === 'Block') return node.span.end > lineStart;
    if (node.span.end <= span.start && node.span.end > lineStart) before = node;
    if (after === null && node.span.start >= span.end) after = node;
    return node.span.end > lineStart && node.span.start < span.start;
  });
  return before ?? after;
}

const annotated: ReadonlySet<string> = new Set([
  ...['Variable', 'Expression', 'Return', 'If', 'For', 'ForEach', 'While', 'Switch', 'Block', 'Throw', 'Try'],
  ...['Labeled', 'FunctionDeclaration', 'ClassDeclaration', 'ExportDefault', 'TypeDeclaration', 'OpaqueStatement'],
  ...['Import', 'ExportNames', 'ExportAll', 'Jump', 'Empty', 'Method', 'Field', 'OpaqueMember'],
]);

function isAnnotated(node: SyntaxNode): node is AnnotatedNode {
  return annotated.has(node.kind);
}
