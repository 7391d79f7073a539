/** What size inference found: which arguments each class gets, and what each site passes. */
import type { Diagnostic } from './diagnostic.js';
import type { ClassId, SiteId } from './project.js';
import type { Span } from './syntax.js';
import type { SourcePath } from './source.js';

export type Confidence = 'proven' | 'traced' | 'static' | 'hint';

export interface SizePlan {
  readonly classes: { readonly [id: ClassId]: ClassSizes };
  /** Layer and class construction sites, inside classes and outside. */
  readonly sites: { readonly [id: SiteId]: SiteSizes };
  /**
   * Other expressions that read an input's shape and go to a constructor, by `<path>@<start of the expression>`: layer
   * and class arguments (`new nn.Dense(x.shape.at(-1)!)`) and elements of `this.param` shapes. Written anew in terms of
   * the owner's constructor.
   */
  readonly places: { readonly [id: SiteId]: SizeExpression };
  /** Classes that make variables for inputs of one shape, themselves or in what they build. */
  readonly caches: { readonly [id: ClassId]: CacheSizes };
  /** What `initCache` of a model is given, by the `init` that made its variables. */
  readonly cacheShapes: { readonly [id: SiteId]: string };
  readonly refusals: readonly (Diagnostic & { readonly class: ClassId | null })[];
}

/** Sizes as a method of the class writes them: over `inputShape` and its own properties. */
export interface CacheSizes {
  /** The parameter of `call` whose shape `inputShape` is; null where nothing depends on one. */
  readonly parameter: number | null;
  /** `[inputShape[0], this.width]`: of each variable by its call, of the input of each module by its site. */
  readonly shapes: { readonly [id: SiteId]: string };
  /** Properties that they read. */
  readonly reads: readonly string[];
}

export interface ClassSizes {
  /** New leading constructor arguments, in order. */
  readonly newArguments: readonly NewArgument[];
  /** Sizes threaded through a loop as a `let` (see `size-inference.md` §3), in the order in which a turn updates them. */
  readonly threads: readonly SizeThread[];
  readonly confidence: Confidence;
}
export interface NewArgument {
  /** In the style of the class's own fields: `inFeatures`, `din`, … */
  readonly name: string;
  /** What it is, for docs: `last axis of x`. */
  readonly meaning: string;
  /** Where a real call shows its value; null for a size that only the sites know. */
  readonly source: ArgumentSource | null;
}
/** An axis of a method's argument; a null axis is a numeric argument itself. */
export interface ArgumentSource {
  readonly method: string;
  readonly parameter: number;
  /** Path into a tuple or record. */
  readonly part: readonly string[];
  readonly axis: number | null;
}
export interface SizeThread {
  readonly name: string;
  /** Before the loop. The thread's own name where an outer loop carries the variable already: no new `let` then. */
  readonly init: string;
  /** At the end of each turn. The thread's own name where an inner loop has assigned it already. */
  readonly next: string;
  /** The loop that carries it. */
  readonly loop: Span;
}

export interface SiteSizes {
  /**
   * One expression for each size argument the target's NNX constructor needs, in its order (a layer's
   * `sizeArguments` in the catalogue, a class's `newArguments`). Written for the scope that will hold the `new`: the
   * owner's constructor (fields by their parameter names, new arguments by name), or the place itself at a root.
   */
  readonly sizes: readonly SizeExpression[];
}
export interface SizeExpression {
  readonly text: string;
  /** Constructor parameters (old and new) or local names that `text` reads. */
  readonly reads: readonly string[];
  readonly confidence: Confidence;
  /** How it was found, nearest step first. */
  readonly chain: readonly EvidenceStep[];
}
export interface EvidenceStep {
  readonly path: SourcePath;
  readonly span: Span;
  readonly what: string;
}
