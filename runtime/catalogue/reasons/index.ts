import type { LintReason, ReasonRecord } from '../record.js';
import { legacyReasons } from './legacy.js';
import { memoryReasons } from './memory.js';
import { hazardReasons } from './hazards.js';
import { moduleRefusals } from './refused-modules.js';
import { noteReasons } from './notes.js';
import { runRefusals } from './refused-runs.js';
import { siteRefusals } from './refused-sites.js';
import { sizeReasons } from './sizes.js';
import { verificationReasons } from './verification.js';

/** The codes that are lint rules. */
export const lintReasons: readonly LintReason[] = [...legacyReasons, ...hazardReasons];

/** Every code, in code order. */
export const reasons: readonly ReasonRecord[] = [
  ...legacyReasons,
  ...hazardReasons,
  ...sizeReasons,
  ...moduleRefusals,
  ...siteRefusals,
  ...runRefusals,
  ...verificationReasons,
  ...noteReasons,
  ...memoryReasons,
];

/** The words of a code. Throws for a code that is not in the catalogue: that is our own bug. */
export function reasonOf(code: string): ReasonRecord {
  const record = reasons.find((reason) => reason.code === code);
  if (record === undefined) throw new Error(`linen2nnx bug: code ${code} is not in the catalogue.`);
  return record;
}

/** The catalogue's text with `{name}` places filled. */
export function fillReason(text: string, data: { readonly [name: string]: string }): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => data[name] ?? place);
}
