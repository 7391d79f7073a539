import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import type { ReasonRecord } from '../runtime/catalogue/record.js';
import { reasons } from '../runtime/catalogue/reasons/index.js';

export type RuleContext = Readonly<TSESLint.RuleContext<'found', readonly []>>;
export type LintRule = TSESLint.RuleModule<'found', readonly [], RuleDocs>;
export interface RuleDocs {
  readonly description: string;
  readonly url: string;
  readonly code: string;
}

/** One finding: where, the values for the catalogue's text, and a safe fix where there is one. */
export interface Finding {
  readonly node: TSESTree.Node;
  readonly data: { readonly [name: string]: string };
  readonly fix?: TSESLint.ReportFixFunction | undefined;
}
export type Report = (finding: Finding) => void;

/** A rule from the catalogue's record of that name, which supplies its message and documentation. */
export function defineRule(
  name: string,
  {
    fixable = false,
    visit,
  }: { fixable?: boolean; visit: (context: RuleContext, report: Report) => TSESLint.RuleListener },
): LintRule {
  const reason = reasonNamed(name);
  return {
    meta: {
      type: 'suggestion',
      ...(fixable ? { fixable: 'code' as const } : {}),
      docs: { description: reason.why, url: `linen2nnx/docs/rules/${name}.md`, code: reason.code },
      messages: { found: messageOf(reason) },
      schema: [],
      defaultOptions: [],
    },
    defaultOptions: [],
    create: (context) =>
      visit(context, ({ node, data, fix }) =>
        context.report({ node, messageId: 'found', data, ...(fix === undefined ? {} : { fix }) }),
      ),
  };
}

/** `code: what why fix`, with ESLint's own places. */
function messageOf({ code, what, why, fix }: ReasonRecord): string {
  return `${code}: ${what} ${why} ${fix}`.replace(/\{(\w+)\}/g, '{{$1}}');
}

function reasonNamed(name: string): ReasonRecord {
  const reason = reasons.find((each) => each.name === name);
  if (reason === undefined) throw new Error(`linen2nnx bug: no reason named ${name} in the catalogue.`);
  return reason;
}
