import type { LintReason } from '../../runtime/catalogue/record.js';

/** The page of a rule, as its record says it. */
export function rulePage(reason: LintReason): string {
  const types = reason.types ? '\nNeeds type information: it is in the preset `recommended-type-checked` alone.\n' : '';
  return `# ${reason.name} (${reason.code})

## What

Flags: ${reason.flags}
${types}
\`\`\`ts
${reason.before}
\`\`\`

## Why

${reason.why}

## Fix

${reason.fix.replace(/^\{\w+\}$/, 'What takes its place is named in the message; `npx linen2nnx` writes it.')}

\`\`\`ts
${reason.after}
\`\`\`

## When not to use it

${reason.exempt}
`;
}
