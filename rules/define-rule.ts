import type { ParserServicesWithTypeInformation, TSESLint, TSESTree } from '@typescript-eslint/utils';
import type { LintReason } from '../runtime/catalogue/record.js';
import { lintReasons } from '../runtime/catalogue/reasons/index.js';
import { concernsPackage, type Names } from './names.js';

export type RuleContext = Readonly<TSESLint.RuleContext<MessageId, readonly []>>;
export type LintRule = TSESLint.RuleModule<MessageId, readonly [], RuleDocs>;
type MessageId = 'found' | 'change';
export interface RuleDocs {
  readonly description: string;
  readonly url: string;
  readonly code: string;
  readonly requiresTypeChecking: boolean;
}

/** One finding: where, the values for the catalogue's text, and a safe fix or a suggestion where there is one. */
export interface Finding {
  readonly node: TSESTree.Node;
  readonly data?: { readonly [name: string]: string };
  /** Never changes what a correct program does. */
  readonly fix?: TSESLint.ReportFixFunction | null | undefined;
  /** What the user may choose to do: `does` in words. */
  readonly suggest?: readonly { readonly does: string; readonly fix: TSESLint.ReportFixFunction }[] | undefined;
}
export type Report = (finding: Finding) => void;

/** What a rule sees of a file. */
export interface RuleFile extends Names {
  readonly report: Report;
  readonly context: RuleContext;
}

interface RuleParts {
  readonly fixable?: boolean;
  readonly suggests?: boolean;
  /** Also for files that import nothing of this package. */
  readonly everywhere?: boolean;
  /** Words without which there is nothing to find: files with none of them are not visited. */
  readonly mentions?: readonly string[];
  readonly visit: (file: RuleFile) => TSESLint.RuleListener;
}

/** A rule from the catalogue's record of that name, which supplies its message and documentation. */
export function defineRule(name: string, parts: RuleParts): LintRule {
  const reason = reasonNamed(name);
  const { fixable = false, suggests = false } = parts;
  return {
    meta: {
      type: reason.severity === 'error' ? 'problem' : 'suggestion',
      ...(fixable ? { fixable: 'code' as const } : {}),
      ...(suggests ? { hasSuggestions: true } : {}),
      docs: {
        description: reason.flags,
        url: `linen2nnx/docs/rules/${name}.md`,
        code: reason.code,
        requiresTypeChecking: reason.types,
      },
      messages: { found: messageOf(reason), change: '{{does}}' },
      schema: [],
      defaultOptions: [],
    },
    defaultOptions: [],
    create: (context) => listener(context, parts),
  };
}

/** The type services of a file; throws where the parser was not given a project. */
export function typesOf({ source }: Names): ParserServicesWithTypeInformation {
  const services = source.parserServices;
  if (services?.program !== undefined && services.program !== null)
    return services as ParserServicesWithTypeInformation;
  throw new Error(
    'linen2nnx: expected type information for the preset recommended-type-checked, got a parser without a project.\n' +
      'Set `languageOptions.parserOptions.projectService: true`, or use the preset recommended.',
  );
}

function listener(context: RuleContext, { everywhere = false, mentions, visit }: RuleParts): TSESLint.RuleListener {
  const names = { source: context.sourceCode, filename: context.physicalFilename };
  if (!everywhere && !concernsPackage(names)) return {};
  if (mentions?.every((word) => !names.source.text.includes(word)) === true) return {};
  const report: Report = ({ node, data = {}, fix, suggest }) =>
    context.report({
      node,
      messageId: 'found',
      data,
      ...(fix === undefined || fix === null ? {} : { fix }),
      ...(suggest === undefined
        ? {}
        : { suggest: suggest.map(({ does, fix }) => ({ messageId: 'change' as const, data: { does }, fix })) }),
    });
  return visit({ ...names, report, context });
}

/** `code: what why fix`, with ESLint's own places. */
function messageOf({ code, what, why, fix }: LintReason): string {
  return `${code}: ${what} ${why} ${fix}`.replace(/\{(\w+)\}/g, '{{$1}}');
}

function reasonNamed(name: string): LintReason {
  const reason = lintReasons.find((each) => each.name === name);
  if (reason === undefined) throw new Error(`linen2nnx bug: no lint reason named ${name} in the catalogue.`);
  return reason;
}
