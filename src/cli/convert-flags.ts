/** The flags of a conversion, as the parser gives them. */
import type { RunOptions } from '../pipeline/options.js';
import type { Format } from '../report/formats.js';

export interface ConvertFlags {
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly interactive?: boolean;
  readonly outDir?: string;
  readonly stdin?: boolean;
  readonly stdinFilename?: string;
  readonly allowDirty?: boolean;
  readonly allowNoVcs?: boolean;
  readonly project?: string;
  readonly include?: string[];
  readonly exclude?: string[];
  readonly filesFrom?: string;
  readonly since?: string;
  readonly class?: string[];
  readonly shard?: { readonly index: number; readonly count: number };
  readonly style?: RunOptions['style'];
  readonly keys?: RunOptions['keys'];
  readonly minConfidence?: RunOptions['minConfidence'];
  readonly verify?: RunOptions['verify'];
  readonly backend?: ('cpu' | 'wasm')[];
  readonly seed?: number;
  /** The form of the report; `false` for `--no-format`, `true` where neither flag is given (the parser shares the name). */
  readonly format?: boolean | Format;
  readonly output?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly version?: boolean;
}
