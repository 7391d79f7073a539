/** The merged program: what a name is, across files; which classes are Linen modules; where models are made and run. */
import type {
  BindingId,
  Call,
  ClassMethod,
  ClassNode,
  Expression,
  FunctionExpression,
  Member,
  New,
  Parameter,
  Span,
  TypeNode,
} from './syntax.js';
import type { SourceModel, SourcePath } from './source.js';

/** `<path>#<Name>` of a class. */
export type ClassId = string;
/** `<path>@<start of the node>`. */
export type SiteId = string;

export interface ProjectModel {
  /** In path order. */
  readonly sources: { readonly [path: SourcePath]: SourceModel };
  /** Linen module classes, in path-then-position order. */
  readonly classes: readonly ModuleClass[];
  /** Every `new` of a Linen layer or module class. */
  readonly constructs: readonly ConstructSite[];
  /** Every `init`, `apply`, … of a module. */
  readonly calls: readonly ModelCall[];
  /** `model.apply` and its like, mentioned without being called there. */
  readonly detached: readonly DetachedEntry[];
  readonly modules: ModuleTable;
}

/** How import specifiers are read. */
export interface ModuleTable {
  /** Other specifiers of the known modules, and which module each is: `@acme/linen` → `linen2nnx/linen`. */
  readonly aliases: { readonly [specifier: string]: string };
  /** The project file that a specifier means in a file; packages are absent. */
  readonly files: { readonly [from: SourcePath]: { readonly [specifier: string]: SourcePath } };
}

/** What a name stands for, after following imports, re-exports and `const` aliases. */
export type Entity =
  /** A name of a package: `{ module: 'linen2nnx/linen', name: 'Dense' }`; `*` for the namespace. Module ids are canonical. */
  | { readonly entity: 'external'; readonly module: string; readonly name: string }
  | { readonly entity: 'class'; readonly path: SourcePath; readonly node: ClassNode; readonly module: ClassId | null }
  | { readonly entity: 'function'; readonly path: SourcePath; readonly node: FunctionExpression }
  /** A value; `init` when it is a `const` with an initialiser. */
  | {
      readonly entity: 'value';
      readonly path: SourcePath;
      readonly binding: BindingId;
      readonly init: Expression | null;
    }
  /** A project file as a namespace. */
  | { readonly entity: 'namespace'; readonly path: SourcePath }
  | { readonly entity: 'type'; readonly path: SourcePath; readonly binding: BindingId }
  | { readonly entity: 'global'; readonly name: string };

export interface ModuleClass {
  readonly id: ClassId;
  readonly path: SourcePath;
  readonly name: string;
  readonly node: ClassNode;
  readonly exported: boolean;
  readonly base: ModuleBase;
  /** Constructor values in order: the module's fields. */
  readonly fields: readonly ModuleField[];
  readonly constructorMethod: ClassMethod | null;
  readonly setup: ClassMethod | null;
  readonly methods: readonly ModuleMethod[];
}
export type ModuleBase =
  | { readonly base: 'module' }
  | { readonly base: 'class'; readonly id: ClassId }
  /** Extends a layer, by its Linen name; or something that is not known (a mixin, another package's class), by its text. */
  | { readonly base: 'layer'; readonly name: string };

export interface ModuleField {
  readonly name: string;
  /**
   * `property`: parameter property · `assigned`: plain parameter assigned to `this.<name>` · `parameter`: plain
   * parameter, not kept · `option`: key of a trailing options object · `declared`: class field with a value or none.
   */
  readonly origin: 'property' | 'assigned' | 'parameter' | 'option' | 'declared';
  /** Its name in the options object, which may differ from the field's; null unless `option`. */
  readonly key: string | null;
  /** Position of the constructor parameter; null for `declared`. */
  readonly position: number | null;
  readonly parameter: Parameter | null;
  readonly type: TypeNode | null;
  readonly initial: Expression | null;
  readonly optional: boolean;
}

export interface ModuleMethod {
  readonly name: string;
  readonly node: ClassMethod | FunctionExpression;
  /** `decorator`: `@nn.compact` · `wrapper`: `call = nn.compact(function …)` · null: plain. */
  readonly compact: 'decorator' | 'wrapper' | null;
  readonly nowrap: boolean;
  /** Lifted transforms applied as decorators or wrappers, outermost first: catalogue names. */
  readonly lifts: readonly { readonly name: string; readonly options: Expression | null; readonly span: Span }[];
}

export interface ConstructSite {
  readonly id: SiteId;
  readonly path: SourcePath;
  readonly node: New;
  readonly target: ConstructTarget;
  /** The class and method whose text holds the site; null for a site outside module classes. */
  readonly owner: { readonly class: ClassId; readonly method: string } | null;
}
export type ConstructTarget =
  /** A layer of the catalogue, by its Linen name. */
  | { readonly target: 'layer'; readonly name: string }
  | { readonly target: 'class'; readonly id: ClassId }
  /** A lifted class: `new (nn.scan(Block, …))(…)`, also through a constant. */
  | {
      readonly target: 'lifted';
      readonly lift: string;
      readonly options: Expression | null;
      readonly of: ConstructTarget;
    }
  | { readonly target: 'unknown'; readonly why: string };

/** A call of `init`, `apply` or another entry point on a module. */
export interface ModelCall {
  readonly id: SiteId;
  readonly path: SourcePath;
  readonly node: Call;
  readonly entry: 'init' | 'initWithOutput' | 'lazyInit' | 'apply' | 'bind' | 'tabulate';
  /** The expression before `.init`. */
  readonly receiver: Expression;
  /** The class of the receiver, where it is known. */
  readonly class: ClassId | null;
  /** The `new` that made the receiver, where it is known. */
  readonly construct: SiteId | null;
  /** The class and method whose text holds the call; null outside module classes. */
  readonly owner: { readonly class: ClassId; readonly method: string } | null;
}

/** `const f = model.apply`, `{ applyFn: model.apply }`. Calls made through a constant are also in `calls`. */
export interface DetachedEntry {
  readonly id: SiteId;
  readonly path: SourcePath;
  readonly node: Member;
  readonly entry: ModelCall['entry'];
  readonly class: ClassId | null;
  readonly construct: SiteId | null;
  readonly owner: ModelCall['owner'];
}

/** Connected component of classes, their subclasses, construction sites and model calls: converts whole or not at all. */
export interface ConversionUnit {
  /** The first class's id, or `<path>:<line>` for calls without a class. */
  readonly id: string;
  readonly classes: readonly ClassId[];
  readonly constructs: readonly SiteId[];
  readonly calls: readonly SiteId[];
  /** Files whose text the unit may change, sorted. */
  readonly paths: readonly SourcePath[];
}
