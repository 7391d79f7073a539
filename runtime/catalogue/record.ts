/** The shapes of the catalogue's records. Pure data; every other part of the product reads them. */

// ------------------------------------------------------------------------------------------------------- layers

export interface LayerRecord {
  /** Class name in `linen2nnx/linen`. */
  readonly linen: string;
  /** Class name in `linen2nnx/nnx`; null where NNX has no counterpart. */
  readonly nnx: string | null;
  /** Attribute name of an auto-named instance: `linear`, `dropout`, `norm`. */
  readonly attribute: string;
  /** Positional parameters of the Linen constructor, all before the options object. */
  readonly linenPositional: readonly PositionalParameter[];
  /** Size arguments, leading in the NNX constructor. */
  readonly sizeArguments: readonly SizeArgument[];
  /** Linen positional parameters that precede the sizes in the NNX constructor: `numHeads`. None where left out. */
  readonly nnxLeading?: readonly string[];
  /** Linen positional parameters that follow the sizes in the NNX constructor, in order. */
  readonly nnxPositional: readonly string[];
  /** Whether the NNX constructor takes `rngs`. */
  readonly rngs: 'required' | 'optional' | 'none';
  /** Options of the Linen constructor and what each becomes. An option not listed here refuses the site. */
  readonly options: readonly OptionRecord[];
  /** The mode flag, where the layer has one. */
  readonly mode: ModeRecord | null;
  /** Inputs of `call` before its options object, least and most: queries, keys, values. One where left out. */
  readonly inputs?: { readonly least: number; readonly most: number };
  /** Options of `call` besides the mode that both styles take, by name. */
  readonly callOptions: readonly string[];
  /** Methods besides `call` with the same meaning in both styles. */
  readonly methods: readonly string[];
  /** Output shape rule, see `ShapeRule`. */
  readonly shape: ShapeRule;
  /** Variables in creation order. */
  readonly variables: readonly LayerVariable[];
  /** Streams drawn when the layer runs (initialisation apart). */
  readonly streams: readonly string[];
  /** Modules that are handed to the constructor; their variables are below these names. None where left out. */
  readonly modules?: readonly LayerModule[];
}

export interface LayerModule {
  /** The Linen constructor's parameter: `cell`. */
  readonly parameter: string;
  /** Name in the Linen scope where the module is built outside any: `cell`, `layers_{i}`. */
  readonly linen: string;
  /** Attribute of the NNX layer: `cell`, `layers[{i}]`. */
  readonly nnx: string;
}

export interface PositionalParameter {
  readonly name: string;
  readonly required: boolean;
}

export interface SizeArgument {
  /** Parameter name in NNX: `inFeatures`, `numFeatures`. */
  readonly name: string;
  /** Which argument of `call` it is read from. */
  readonly argument: number;
  /** Axis of that argument: a number, or the option that holds the axis (or several, then the size is a list) with its default. */
  readonly axis: number | { readonly option: string; readonly default: number };
  /** Arguments of `call` that stand in, in turn, where that one is left out: keys default to queries. */
  readonly fallback?: readonly number[];
  /** The NNX option that takes it, written only where it differs from the first size: `inKvFeatures`. Positional where left out. */
  readonly option?: string;
}

export interface OptionRecord {
  readonly linen: string;
  /** `same`: under the same name · `renamed`: to `nnx` · `dropped`: no effect on one device, dropped with a note · `refused`. */
  readonly becomes: 'same' | 'renamed' | 'dropped' | 'refused';
  readonly nnx: string | null;
  /** Defaults as source text, where the option may be left out. */
  readonly linenDefault: string | null;
  readonly nnxDefault: string | null;
  /** Only NNX has it: its Linen default is what Linen always does. */
  readonly nnxOnly?: true;
}

export interface ModeRecord {
  /** Name in both styles: `deterministic`, `useRunningAverage`. */
  readonly option: string;
  /** Position as a `call` argument after the inputs when it may be given positionally; null when only as an option. */
  readonly callPosition: number | null;
  /** Value in training. Evaluation is the opposite. */
  readonly training: boolean;
  /** The Linen option without which (0 or left out) the mode is never asked: `dropoutRate`. Always asked where left out. */
  readonly onlyWith?: string;
}

/** How the output's shape follows from the inputs' (`size-inference` rules read it). */
export type ShapeRule =
  /** Same as the first argument. */
  | { readonly rule: 'same' }
  /** First argument with its last axis replaced by a constructor parameter. */
  | { readonly rule: 'lastAxis'; readonly parameter: string }
  /** First argument with an axis appended. */
  | { readonly rule: 'append'; readonly parameter: string }
  /** Last axis := `parameter`; spatial axes by the window `kernel` and the options `strides`, `padding` ('SAME' where left out), `kernelDilation`. */
  | { readonly rule: 'window'; readonly parameter: string; readonly kernel: string; readonly transpose: boolean }
  /** Contracted axes (option `axis`, -1 where left out) go; `parameter` (one size or a list) is appended. */
  | { readonly rule: 'general'; readonly parameter: string }
  /** Last axis := an option, where it is given and not null. */
  | { readonly rule: 'lastAxisOption'; readonly option: string }
  /** `[carry, output]`; the output is the second argument with its last axis := `parameter`. The carry keeps its form. */
  | { readonly rule: 'cell'; readonly parameter: string }
  /** That of the cell for each step, the time axis kept: `RNN`. Two of them joined on the last axis: `Bidirectional`. */
  | { readonly rule: 'sequence'; readonly directions: 1 | 2 }
  /** The modules one after the other. */
  | { readonly rule: 'fold' }
  /** That of the one module that is handed in. */
  | { readonly rule: 'wrapped' }
  /** The result of the equation in option `einsumStr`. */
  | { readonly rule: 'einsum' };

export interface LayerVariable {
  readonly collection: string;
  /** Name in the Linen collection, below the layer: `kernel`, `query/kernel`. */
  readonly linen: string;
  /** Attribute of the NNX layer: `kernel`, `query.kernel`. */
  readonly nnx: string;
  /** Linen variables that are joined on the last axis to make the NNX one, in order, `linen` the first. One to one where left out. */
  readonly parts?: readonly string[];
  /** Option that switches it off when false; null when it is always there. */
  readonly unless: string | null;
  /** Whether a draw is made from the `params` stream for it. */
  readonly drawsKey: boolean;
}

// -------------------------------------------------------------------------------------------------- collections

export interface CollectionRecord {
  readonly collection: string;
  /** Variable class in `linen2nnx/nnx`. */
  readonly variable: string;
  /** The gradient flows to it by default. */
  readonly trainable: boolean;
  /** `initCache`: not there until that method makes it, for inputs of one shape. */
  readonly made: 'constructor' | 'initCache';
}

// ------------------------------------------------------------------------------------------------------ reasons

/** 1xx legacy patterns, 2xx NNX hazards, 3xx sizes, 4xx refusals, 5xx verification, 6xx notes, 7xx memory. */
export interface ReasonRecord {
  /** `L2Nnnn`. */
  readonly code: string;
  /** kebab-case; the lint rule's name where it is one. */
  readonly name: string;
  readonly severity: 'error' | 'warning' | 'note';
  /** One line; `{name}` places are filled from the diagnostic's data. */
  readonly what: string;
  readonly why: string;
  /** What would make it right or convertible. */
  readonly fix: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The words of a lint rule; its page is written from them. */
export interface LintReason extends ReasonRecord {
  /** What the rule flags, as one sentence. */
  readonly flags: string;
  /** When not to use it. */
  readonly exempt: string;
  /** Whether it needs type information. */
  readonly types: boolean;
  readonly before: string;
  readonly after: string;
}

// ------------------------------------------------------------------------------------------------------- idioms

/** One rewrite: its name is the name of its file in `src/rewrite` and of its fixture folder. */
export interface IdiomRecord {
  readonly name: string;
  readonly what: string;
  /** Section of the guide it comes from, or null. */
  readonly section: string | null;
}

// -------------------------------------------------------------------------------------------------- transforms

export interface TransformRecord {
  /** Name in `linen2nnx/linen`. */
  readonly linen: string;
  /** Name in `linen2nnx/nnx`; null where there is none. */
  readonly nnx: string | null;
  /** Prefix of the lifted class's auto-name: `Scan`. */
  readonly prefix: string;
  /** The code that refuses it until a rewrite exists; null when it converts. */
  readonly refusal: string | null;
  /** `carry`: step by step, with a carry first · `map`: once for each slice · `same`: what it computes is the same. */
  readonly runs: 'carry' | 'map' | 'same';
  /** Options of the same name and meaning in both styles. */
  readonly sameOptions: readonly string[];
  /** Options that say nothing about what is computed: names of axes, checks. */
  readonly droppedOptions: readonly string[];
  /** The option with the number of steps or slices; null where there is none. */
  readonly sizeOption: string | null;
  /** The option with positions of arguments, the module being 0; null where there is none. */
  readonly positionsOption: string | null;
}

// -------------------------------------------------------------------------------------------------- functions

/** A function of the libraries whose arguments tell the verifier what kind of tensor they want. */
export interface FunctionRecord {
  readonly module: string;
  readonly name: string;
  /** By position. `classes`: integers below the last axis of argument `of`. */
  readonly arguments: readonly (
    | { readonly wants: 'logits' | 'float' | 'probability' | 'any' }
    | { readonly wants: 'classes'; readonly of: number }
    | { readonly wants: 'like'; readonly of: number }
  )[];
}
