/**
 * The program text, lowered to plain data. Every later phase reads this tree; none sees ts-morph.
 *
 * Node names follow ESTree. Parentheses are dropped (spans are those of the inner node); everything else that a
 * rewriter may need to keep is there. What the reader does not lower becomes an `Opaque` node, never a guess.
 */
import type { ExportAll, ExportNames, ImportDeclaration } from './import-syntax.js';
import type { BindingId, Span, TypeDeclaration, TypeNode } from './type-syntax.js';

export type { ExportAll, ExportNames, ImportDeclaration, ImportedName } from './import-syntax.js';
export type { BindingId, Span, TypeDeclaration, TypeForm, TypeMember, TypeNode, TypeReference } from './type-syntax.js';

interface Node<Kind extends string> {
  readonly kind: Kind;
  readonly span: Span;
}

export interface Identifier extends Node<'Identifier'> {
  readonly name: string;
  /** Null for a global (`Math`, `undefined`). */
  readonly binding: BindingId | null;
}
export interface Literal extends Node<'Literal'> {
  readonly value: string | number | boolean | null;
}
export interface Template extends Node<'Template'> {
  /** One more than `expressions`. Cooked. */
  readonly quasis: readonly string[];
  readonly expressions: readonly Expression[];
}
export interface ArrayLiteral extends Node<'ArrayLiteral'> {
  readonly elements: readonly (Expression | Spread | null)[];
}
export interface ObjectLiteral extends Node<'ObjectLiteral'> {
  readonly properties: readonly (Property | Spread)[];
}
export interface Property extends Node<'Property'> {
  readonly key: PropertyKey;
  readonly value: Expression;
  readonly shorthand: boolean;
  /** `key() {}`, a getter or a setter. */
  readonly method: boolean;
}
/** A literal key has `name`; a computed one has `computed`. */
export interface PropertyKey {
  readonly span: Span;
  readonly name: string | null;
  readonly computed: Expression | null;
}
export interface Spread extends Node<'Spread'> {
  readonly argument: Expression;
}
export interface FunctionExpression extends Node<'Function'> {
  readonly arrow: boolean;
  readonly async: boolean;
  readonly generator: boolean;
  readonly name: string | null;
  readonly binding: BindingId | null;
  readonly typeParameters: Span | null;
  /** A declared `this`; never among `params`, so that positions are those of the arguments. */
  readonly thisParam: Parameter | null;
  readonly params: readonly Parameter[];
  /** The text between the parentheses of the parameter list, parentheses excluded. */
  readonly paramsSpan: Span;
  readonly returnType: TypeNode | null;
  readonly body: Expression | Block;
}
export interface ClassExpression extends Node<'ClassExpression'> {
  readonly class: ClassNode;
}
export interface Unary extends Node<'Unary'> {
  readonly operator: '+' | '-' | '!' | '~' | 'typeof' | 'void' | 'delete';
  readonly argument: Expression;
}
export interface Update extends Node<'Update'> {
  readonly operator: '++' | '--';
  readonly prefix: boolean;
  readonly argument: Expression;
}
/** Arithmetic, comparison, logical and nullish operators, `in` and `instanceof`. */
export interface Binary extends Node<'Binary'> {
  readonly operator: string;
  readonly left: Expression;
  readonly right: Expression;
}
export interface Conditional extends Node<'Conditional'> {
  readonly test: Expression;
  readonly consequent: Expression;
  readonly alternate: Expression;
}
export interface Assign extends Node<'Assign'> {
  /** `=`, `+=`, `??=`, … */
  readonly operator: string;
  readonly target: Pattern;
  readonly value: Expression;
}
export interface Call extends Node<'Call'> {
  readonly callee: Expression;
  readonly typeArguments: readonly TypeNode[];
  readonly args: readonly (Expression | Spread)[];
  /** The text between the parentheses of the argument list, parentheses excluded. */
  readonly argsSpan: Span;
  readonly optional: boolean;
}
export interface New extends Node<'New'> {
  readonly callee: Expression;
  readonly typeArguments: readonly TypeNode[];
  readonly args: readonly (Expression | Spread)[];
  /** As in `Call`; null for `new A` without parentheses. */
  readonly argsSpan: Span | null;
}
export interface Member extends Node<'Member'> {
  readonly object: Expression;
  readonly property: string;
  readonly propertySpan: Span;
  readonly optional: boolean;
}
export interface Index extends Node<'Index'> {
  readonly object: Expression;
  readonly index: Expression;
  readonly optional: boolean;
}
export interface Sequence extends Node<'Sequence'> {
  readonly expressions: readonly Expression[];
}
export interface Await extends Node<'Await'> {
  readonly argument: Expression;
}
export interface Yield extends Node<'Yield'> {
  readonly argument: Expression | null;
  readonly delegate: boolean;
}
export type This = Node<'This'>;
export type Super = Node<'Super'>;
/** `x as T`, `x satisfies T`, `x as const`, `x!`, `<T>x`. */
export interface TypeWrap extends Node<'TypeWrap'> {
  readonly form: 'as' | 'satisfies' | 'const' | 'nonNull';
  readonly expression: Expression;
  readonly type: TypeNode | null;
}
export interface TaggedTemplate extends Node<'TaggedTemplate'> {
  readonly tag: Expression;
  readonly template: Template;
}
/** Something the reader does not lower (JSX, regular expressions, dynamic import, meta properties, …). */
export interface OpaqueExpression extends Node<'OpaqueExpression'> {
  readonly syntax: string;
  /** Of `import('…')`; null for anything else. */
  readonly specifier: string | null;
  /** Names read inside, so that uses are never missed. */
  readonly references: readonly Identifier[];
}

export type Expression =
  | Identifier
  | Literal
  | Template
  | ArrayLiteral
  | ObjectLiteral
  | FunctionExpression
  | ClassExpression
  | Unary
  | Update
  | Binary
  | Conditional
  | Assign
  | Call
  | New
  | Member
  | Index
  | Sequence
  | Await
  | Yield
  | This
  | Super
  | TypeWrap
  | TaggedTemplate
  | OpaqueExpression;

export interface IdentifierPattern extends Node<'IdentifierPattern'> {
  readonly name: string;
  /** The binding declared, or in an assignment the one assigned (null for a global). */
  readonly binding: BindingId | null;
}
export interface ArrayPattern extends Node<'ArrayPattern'> {
  readonly elements: readonly (Pattern | null)[];
}
export interface ObjectPattern extends Node<'ObjectPattern'> {
  readonly properties: readonly PatternProperty[];
  readonly rest: Pattern | null;
}
export interface PatternProperty {
  readonly span: Span;
  readonly key: PropertyKey;
  readonly value: Pattern;
  readonly shorthand: boolean;
}
export interface DefaultPattern extends Node<'DefaultPattern'> {
  readonly target: Pattern;
  readonly value: Expression;
}
export interface RestPattern extends Node<'RestPattern'> {
  readonly target: Pattern;
}
/** An assignment to a place: `this.x = …`, `a[i] = …`. */
export interface PlacePattern extends Node<'PlacePattern'> {
  readonly place: Member | Index | OpaqueExpression;
}
export type Pattern = IdentifierPattern | ArrayPattern | ObjectPattern | DefaultPattern | RestPattern | PlacePattern;

export interface Parameter {
  readonly span: Span;
  /** Never a `DefaultPattern` at the top: the default is `initial`. */
  readonly pattern: Pattern;
  readonly type: TypeNode | null;
  readonly optional: boolean;
  readonly initial: Expression | null;
  /** Set for a parameter property (`constructor(readonly features: number)`). */
  readonly property: { readonly readonly: boolean; readonly access: 'public' | 'protected' | 'private' | null } | null;
  readonly decorators: readonly Decorator[];
}

export interface Decorator {
  readonly span: Span;
  readonly expression: Expression;
}
export interface ClassNode {
  readonly span: Span;
  readonly name: string | null;
  readonly nameSpan: Span | null;
  readonly binding: BindingId | null;
  readonly abstract: boolean;
  readonly typeParameters: Span | null;
  readonly superClass: Expression | null;
  /** `extends …` with its type arguments, keyword included. */
  readonly heritageSpan: Span | null;
  readonly implementsSpan: Span | null;
  readonly decorators: readonly Decorator[];
  /** Inside the braces, braces excluded. */
  readonly bodySpan: Span;
  readonly members: readonly ClassMember[];
}
interface MemberOf<Kind extends string> extends Node<Kind> {
  /** Null for a computed or private name that was not lowered. */
  readonly name: string | null;
  readonly static: boolean;
  readonly access: 'public' | 'protected' | 'private' | null;
  readonly decorators: readonly Decorator[];
}
export interface ClassField extends MemberOf<'Field'> {
  readonly readonly: boolean;
  readonly declare: boolean;
  /** `name!: T` */
  readonly definite: boolean;
  readonly optional: boolean;
  readonly private: boolean;
  readonly type: TypeNode | null;
  readonly value: Expression | null;
}
export interface ClassMethod extends MemberOf<'Method'> {
  readonly role: 'constructor' | 'method' | 'get' | 'set';
  readonly abstract: boolean;
  readonly async: boolean;
  readonly generator: boolean;
  readonly override: boolean;
  readonly nameSpan: Span;
  readonly typeParameters: Span | null;
  /** A declared `this`; never among `params`, so that positions are those of the arguments. */
  readonly thisParam: Parameter | null;
  readonly params: readonly Parameter[];
  readonly paramsSpan: Span;
  readonly returnType: TypeNode | null;
  /** Null for an overload signature or an abstract method. */
  readonly body: Block | null;
}
/** A static block, an index signature, an accessor field. */
export interface OpaqueMember extends MemberOf<'OpaqueMember'> {
  readonly syntax: string;
  readonly references: readonly Identifier[];
}
export type ClassMember = ClassField | ClassMethod | OpaqueMember;

export interface VariableStatement extends Node<'Variable'> {
  readonly declaration: 'const' | 'let' | 'var' | 'using';
  readonly exported: boolean;
  readonly declare: boolean;
  readonly declarators: readonly Declarator[];
}
export interface Declarator {
  readonly span: Span;
  readonly target: Pattern;
  readonly type: TypeNode | null;
  readonly init: Expression | null;
}
export interface ExpressionStatement extends Node<'Expression'> {
  readonly expression: Expression;
}
export interface Return extends Node<'Return'> {
  readonly argument: Expression | null;
}
export interface If extends Node<'If'> {
  readonly test: Expression;
  readonly consequent: Statement;
  readonly alternate: Statement | null;
}
export interface For extends Node<'For'> {
  readonly init: VariableStatement | Expression | null;
  readonly test: Expression | null;
  readonly update: Expression | null;
  readonly body: Statement;
}
/** `for (… of …)`, `for await`, and `for (… in …)`. */
export interface ForEach extends Node<'ForEach'> {
  readonly over: 'of' | 'in';
  readonly await: boolean;
  /** Null when the loop assigns to an existing place. */
  readonly declaration: 'const' | 'let' | 'var' | null;
  readonly target: Pattern;
  readonly iterable: Expression;
  readonly body: Statement;
}
export interface While extends Node<'While'> {
  readonly test: Expression;
  readonly body: Statement;
  /** `do … while`. */
  readonly testAfter: boolean;
}
export interface Switch extends Node<'Switch'> {
  readonly discriminant: Expression;
  readonly cases: readonly {
    readonly test: Expression | null;
    readonly body: readonly Statement[];
    readonly span: Span;
  }[];
}
export interface Block extends Node<'Block'> {
  readonly body: readonly Statement[];
}
export interface Throw extends Node<'Throw'> {
  readonly argument: Expression;
}
export interface Try extends Node<'Try'> {
  readonly block: Block;
  readonly param: Pattern | null;
  readonly handler: Block | null;
  readonly finalizer: Block | null;
}
export interface Jump extends Node<'Jump'> {
  readonly jump: 'break' | 'continue';
  readonly label: string | null;
}
export interface Labeled extends Node<'Labeled'> {
  readonly label: string;
  readonly body: Statement;
}
export interface FunctionDeclaration extends Node<'FunctionDeclaration'> {
  readonly function: FunctionExpression;
  readonly exported: boolean;
  readonly default: boolean;
  /** False for an overload signature or `declare function`. */
  readonly hasBody: boolean;
}
export interface ClassDeclaration extends Node<'ClassDeclaration'> {
  readonly class: ClassNode;
  readonly exported: boolean;
  readonly default: boolean;
}
export interface ExportDefault extends Node<'ExportDefault'> {
  readonly expression: Expression;
}
export type Empty = Node<'Empty'>;
export interface OpaqueStatement extends Node<'OpaqueStatement'> {
  readonly syntax: string;
  readonly references: readonly Identifier[];
}

export type Statement =
  | VariableStatement
  | ExpressionStatement
  | Return
  | If
  | For
  | ForEach
  | While
  | Switch
  | Block
  | Throw
  | Try
  | Jump
  | Labeled
  | FunctionDeclaration
  | ClassDeclaration
  | ImportDeclaration
  | ExportNames
  | ExportAll
  | ExportDefault
  | TypeDeclaration
  | Empty
  | OpaqueStatement;
export type AnyNode = Expression | Spread | Property | Pattern | Statement;
