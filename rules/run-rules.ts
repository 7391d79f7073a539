/** Runs rules over a text without ESLint: the same rules, so the same lines. Findings only, no fixes. */
import * as parser from '@typescript-eslint/parser';
import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import type { LintRule, RuleContext } from './define-rule.js';

export interface RuleFinding {
  readonly rule: string;
  readonly code: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What `rules` find in a parsed file, by place. */
export function runRules(
  source: TSESLint.SourceCode,
  filename: string,
  rules: { readonly [name: string]: LintRule },
): readonly RuleFinding[] {
  const findings: RuleFinding[] = [];
  const listeners = Object.entries(rules).map(([name, rule]) => {
    const report = (found: { node: TSESTree.Node; data?: Readonly<Record<string, unknown>> }): void => {
      const { line, column } = found.node.loc.start;
      const message = filled(rule.meta.messages.found, found.data ?? {});
      findings.push({ rule: name, code: rule.meta.docs?.code ?? '', line, column: column + 1, message });
    };
    const settings = { linen2nnx: { suggestions: false } };
    const context = { sourceCode: source, filename, physicalFilename: filename, report, options: [], settings };
    return rule.create(context as unknown as RuleContext) as Listener;
  });
  walk(source.ast, source.visitorKeys, mergeListeners(listeners));
  return findings.sort((a, b) => a.line - b.line || a.column - b.column || a.rule.localeCompare(b.rule));
}

type Visit = (node: TSESTree.Node) => void;
interface Listener {
  readonly [selector: string]: Visit | undefined;
}

/** What rules use of ESLint's `SourceCode`. Throws where the text does not parse. */
export function parseSource(text: string, filename: string): TSESLint.SourceCode {
  const parsed = parser.parseForESLint(text, {
    sourceType: 'module',
    filePath: filename,
    range: true,
    loc: true,
    ecmaFeatures: { jsx: /x$/.test(filename) },
  });
  const { scopeManager } = parsed;
  const getScope = (node: TSESTree.Node) => {
    for (let at: TSESTree.Node | undefined = node; at; at = at.parent) {
      const scope = scopeManager.acquire(at, node.type !== 'Program');
      if (scope !== null) return String(scope.type) === 'function-expression-name' ? scope.childScopes[0] : scope;
    }
    return scopeManager.scopes[0];
  };
  return {
    text,
    ast: parsed.ast,
    scopeManager,
    visitorKeys: parsed.visitorKeys,
    parserServices: parsed.services,
    getScope,
    getText: (node?: TSESTree.Node) => (node === undefined ? text : text.slice(...node.range)),
    getDeclaredVariables: (node: TSESTree.Node) => scopeManager.getDeclaredVariables(node),
  } as unknown as TSESLint.SourceCode;
}

function mergeListeners(listeners: readonly Listener[]): ReadonlyMap<string, readonly Visit[]> {
  const merged = new Map<string, Visit[]>();
  for (const listener of listeners) {
    for (const [selector, visit] of Object.entries(listener)) {
      if (visit === undefined) continue;
      if (!/^\w+(:exit)?$/.test(selector)) throw new Error(`linen2nnx bug: a rule uses the selector ${selector}.`);
      merged.set(selector, [...(merged.get(selector) ?? []), visit]);
    }
  }
  return merged;
}

function walk(
  program: TSESTree.Program,
  keys: { readonly [type: string]: readonly string[] | undefined },
  visits: ReadonlyMap<string, readonly Visit[]>,
): void {
  link(program, keys);
  const visit = (node: TSESTree.Node): void => {
    visits.get(node.type)?.forEach((each) => each(node));
    for (const child of childrenOf(node, keys)) visit(child);
    visits.get(`${node.type}:exit`)?.forEach((each) => each(node));
  };
  visit(program);
}

/** Rules look upwards: every node knows its parent before the first visit. */
function link(node: TSESTree.Node, keys: { readonly [type: string]: readonly string[] | undefined }): void {
  for (const child of childrenOf(node, keys)) {
    (child as { parent?: TSESTree.Node }).parent = node;
    link(child, keys);
  }
}

function childrenOf(
  node: TSESTree.Node,
  keys: { readonly [type: string]: readonly string[] | undefined },
): readonly TSESTree.Node[] {
  return (keys[node.type] ?? []).flatMap((key) => {
    const value = (node as unknown as Record<string, TSESTree.Node | (TSESTree.Node | null)[] | null>)[key];
    return (Array.isArray(value) ? value : [value]).filter(
      (each): each is TSESTree.Node => each !== null && each !== undefined,
    );
  });
}

function filled(message: string, data: Readonly<Record<string, unknown>>): string {
  return message.replace(/\{\{(\w+)\}\}/g, (place, name: string) => (name in data ? String(data[name]) : place));
}
