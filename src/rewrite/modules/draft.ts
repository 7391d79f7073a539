/** What is known of a class while its conversion is decided. */
import type { LayerRecord } from '../../../runtime/catalogue/record.js';
import type { Diagnostic } from '../../ir/diagnostic.js';
import type { Edit, ImportNeed } from '../../ir/edit.js';
import type { MethodPlan, ModeFlag, ModulePlan, RewriteContext } from '../../ir/module-plan.js';
import type { Factory } from '../../ir/factories.js';
import type { ModuleTaker, TakenParameter } from '../../ir/module-takers.js';
import type { ClassId, ConstructSite, ModuleClass } from '../../ir/project.js';
import type { SourceModel } from '../../ir/source.js';
import type {
  BindingId,
  Call,
  Declarator,
  Expression,
  For,
  ForEach,
  Identifier,
  Member,
  New,
  Span,
  Statement,
  VariableStatement,
} from '../../ir/syntax.js';
import type { Refusals } from '../refusals.js';
import type { LiftAxes, Lifting } from './lift.js';
import type { SelfUse } from './self-uses.js';
import type { ListPlace, Structure } from './structure.js';

/** The class and where decisions about it are gathered. */
export interface Draft {
  readonly context: RewriteContext;
  readonly module: ModuleClass;
  readonly source: SourceModel;
  readonly refusals: Refusals;
  /** Plans of the classes this one builds or extends. */
  readonly done: ReadonlyMap<ClassId, ClassPlan>;
  /** Local name of the NNX namespace in the file. */
  readonly nnx: string;
  readonly selfUses: readonly SelfUse[];
  /** Value mentions of each name in the file. */
  readonly identifiers: ReadonlyMap<BindingId, readonly Identifier[]>;
  readonly typed: boolean;
  /** Classes whose flags stay arguments of their calls; those that turn out to need it are in `flagged`. */
  readonly kept: ReadonlySet<ClassId>;
  readonly flagged: Set<ClassId>;
}

/** Something the class builds, in the order it is built. */
export type Built = Submodule | Kept;

interface BuiltBase {
  readonly phase: 'setup' | 'compact';
  readonly method: string;
  readonly holder: Holder;
  /** Name in the Linen scope. */
  readonly linenName: string;
  readonly userName: string | null;
  readonly attribute: string;
  /** The branches and loops of the method around it; empty in `setup`, whose text moves as it is. */
  readonly chain: readonly Structure[];
  /** For one of many that a loop of a method builds. */
  readonly list: ListPlace | null;
  /** It may not be there: it is built in some arm of a branch only. */
  readonly optional: boolean;
}
export interface Submodule extends BuiltBase {
  readonly builds: 'module';
  /** What makes it: its own `new`, or the first in the factory that is called. */
  readonly node: New;
  /** Where the class builds it: the `new`, or the call of the factory. */
  readonly place: New | Call;
  readonly factory: Factory | null;
  readonly site: ConstructSite;
  readonly target: Target;
  readonly calls: readonly SubmoduleCall[];
  /** Functions that it is given to. */
  readonly handed: readonly Handed[];
  /** Null for a class as it is. */
  readonly lifting: Lifting | null;
  /** Where its state is sliced; null where no lift slices. */
  readonly axes: LiftAxes | null;
}
/** A variable of the class itself. */
export interface Kept extends BuiltBase {
  readonly builds: 'variable';
  readonly node: Call;
  readonly place: Call;
  readonly collection: string;
  /** `param`: reads give the value itself · `variable`: reads give a reference with `.value`. */
  readonly form: 'param' | 'variable';
  readonly init: Expression;
  readonly args: readonly Expression[];
  /** `initCache`: it is not there before that method has run. */
  readonly made: 'constructor' | 'initCache';
}
export type Target =
  { readonly target: 'layer'; readonly record: LayerRecord } | { readonly target: 'class'; readonly plan: ClassPlan };

/** A call of a method on a submodule. */
export interface SubmoduleCall {
  readonly node: Call;
  readonly callee: Member;
  readonly method: string;
  /** The method of this class that holds it. */
  readonly within: string;
}

/** A submodule as an argument of a function that runs it. */
export interface Handed {
  readonly call: Call;
  readonly taken: TakenParameter;
  /** The method of this class that holds the call. */
  readonly within: string;
}

/** Where a built thing is kept. */
export type Holder =
  | { readonly holder: 'inline' }
  | {
      readonly holder: 'local';
      readonly binding: BindingId;
      readonly name: string;
      readonly statement: VariableStatement;
      readonly declarator: Declarator;
    }
  | { readonly holder: 'field'; readonly name: string; readonly statement: Statement }
  /** In a list or record that a field holds: `this.layers = sizes.map((size) => new nn.Dense(size))`. */
  | { readonly holder: 'element'; readonly name: string; readonly statement: Statement; readonly place: ElementPlace };

/** `turn`: one for each turn of a loop or callback. */
export type ElementPlace =
  | { readonly place: 'item'; readonly index: number }
  | { readonly place: 'key'; readonly key: string }
  | { readonly place: 'turn'; readonly loop: For | ForEach | Call };

/** Everything decided about a class: its public plan, and what its text is written from. */
export interface ClassPlan extends ModulePlan {
  readonly decided: Decisions;
}
export interface Decisions {
  readonly draft: Draft;
  readonly built: readonly Built[];
  readonly modes: ModeDecisions;
  readonly parameters: ParameterDecisions;
  readonly usesRngs: boolean;
  /** `call` is only scanned and gives nothing but the carry: `[x, null]` became `x`. */
  readonly carryAlone: boolean;
  readonly text: ClassText;
  readonly notes: readonly Diagnostic[];
}
export interface ClassText {
  readonly edits: readonly Edit[];
  readonly imports: readonly ImportNeed[];
}

export interface ModeDecisions {
  /** Text of mode arguments that go: properties of options, arguments, aliases. */
  readonly removals: readonly ModeRemoval[];
  /** The same in functions that submodules are handed to. */
  readonly handed: readonly HandedRemoval[];
  /** Constant modes given at construction that move to each call: `{ useRunningAverage: true }`. */
  readonly constants: ReadonlyMap<Submodule, { readonly option: string; readonly value: boolean | string }>;
  /** Mode expressions that go from a construction to the calls: what they read is still read there. */
  readonly moved?: readonly Span[];
  /** Layers whose mode is that of the model now. */
  readonly moded: ReadonlySet<Submodule>;
  /** Constant modes of the other layers, at construction or at each call. */
  readonly fixed: ReadonlyMap<Submodule, readonly boolean[]>;
  readonly methods: ReadonlyMap<string, MethodPlan>;
  readonly constructorMode: ModeFlag | null;
}
/** A mode option of a call in a function, and the parameter that it came from where nothing else reads it. */
export interface HandedRemoval {
  readonly taker: ModuleTaker;
  readonly call: Call;
  readonly argument: number;
  readonly property: number;
  readonly parameter: number | null;
}
export type ModeRemoval =
  /** A property of an object literal that is an argument. */
  | { readonly of: 'property'; readonly call: Call | New; readonly argument: number; readonly property: number }
  | { readonly of: 'argument'; readonly call: Call | New; readonly argument: number }
  | { readonly of: 'parameter'; readonly method: string; readonly index: number; readonly key: string | null }
  | { readonly of: 'alias'; readonly statement: VariableStatement };

export interface ParameterDecisions {
  /** By old constructor position. */
  readonly kept: readonly KeptParameter[];
  /** Fields declared and assigned in the class that nothing reads any more. */
  readonly dropped: ReadonlySet<string>;
}
export interface KeptParameter {
  readonly position: number;
  readonly name: string;
  readonly stays: boolean;
  /** Stays a property of the instance. */
  readonly property: boolean;
}
