/** The edits of planned classes. */
import type { Diagnostic } from '../../ir/diagnostic.js';
import type { Edit, ImportNeed } from '../../ir/edit.js';
import type { ClassPlan } from './draft.js';

export interface ModuleEdits {
  readonly edits: readonly Edit[];
  readonly imports: readonly ImportNeed[];
  readonly notes: readonly Diagnostic[];
}

/** Collects what the plans of a unit decided; a Variable class that several need is declared once. */
export function moduleEdits(plans: readonly ClassPlan[]): ModuleEdits {
  const seen = new Set<string>();
  const edits = plans
    .flatMap((each) => each.decided.text.edits)
    .filter((each) => {
      const isDeclaration = each.idiom === 'collections' && each.text.startsWith('export class ');
      const identity = `${each.path} ${each.start} ${each.text}`;
      return !isDeclaration || (!seen.has(identity) && seen.add(identity));
    });
  return {
    edits,
    imports: plans.flatMap((each) => each.decided.text.imports),
    notes: plans.flatMap((each) => each.decided.notes),
  };
}
