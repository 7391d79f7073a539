/** What keeps a project, or one file of it, from being read. Words for people are in `message`. */
import type { SourcePath } from '../ir/source.js';

export type ProjectProblem =
  /** A path of the command line that matches no source file. */
  | { readonly problem: 'unmatched'; readonly path: string; readonly message: string }
  /** A tsconfig that cannot be read; line and column from 1. */
  | {
      readonly problem: 'config';
      readonly path: SourcePath;
      readonly line: number;
      readonly column: number;
      readonly message: string;
    }
  /** A file that is left out though its name fits. */
  | { readonly problem: 'file'; readonly path: SourcePath; readonly message: string };
