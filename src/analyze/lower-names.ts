/** Reading syntax that is not lowered, for the names it mentions and the scopes it opens. */
import { ts } from 'ts-morph';
import { declareTypeName } from './lower-type.js';
import { type Reader, readName, spanOf } from './reader.js';
import { declare, inScope, use } from './scope.js';

/** Whatever can be lowered below `node` is (and dropped); of the rest only the names count. */
export function readNames(reader: Reader, node: ts.Node): void {
  if (ts.isIdentifier(node)) {
    if (node.text !== '' && node.text !== 'this') readName(reader, node);
  } else if (ts.isTypeParameterDeclaration(node)) declareTypeName(reader, node);
  else if (ts.isTypeNode(node)) reader.lower.type(reader, node);
  else if (isJsx(node)) readJsx(reader, node);
  else if (isSignature(node)) readSignature(reader, node);
  else if (ts.isBlock(node)) reader.lower.block(reader, node);
  else if (ts.isStatement(node)) reader.lower.statement(reader, node);
  else if (ts.isMetaProperty(node)) return;
  else if (ts.isExpression(node) && !isUnlowered(node)) reader.lower.expression(reader, node);
  else readChildren(reader, node);
}

/** The names below a node, its own form apart. */
export function readChildren(reader: Reader, node: ts.Node): void {
  ts.forEachChild(node, (each) => {
    if (isNameOf(node, each)) readKey(reader, each);
    else readNames(reader, each);
  });
}

/** A node whose lowering ends here again. */
function isUnlowered(node: ts.Node): boolean {
  return ts.isExpressionWithTypeArguments(node) || ts.isOmittedExpression(node) || isJsx(node);
}

/** The name of a member or an attribute is no mention. */
function isNameOf(parent: ts.Node, child: ts.Node): boolean {
  return 'name' in parent && parent.name === child && !ts.isBindingElement(parent) && !ts.isParameter(parent);
}

function readKey(reader: Reader, node: ts.Node): void {
  if (ts.isComputedPropertyName(node)) reader.lower.expression(reader, node.expression);
}

type SignatureNode =
  ts.IndexSignatureDeclaration | ts.CallSignatureDeclaration | ts.ConstructSignatureDeclaration | ts.MethodSignature;

function isSignature(node: ts.Node): node is SignatureNode {
  return (
    ts.isIndexSignatureDeclaration(node) ||
    ts.isCallSignatureDeclaration(node) ||
    ts.isConstructSignatureDeclaration(node) ||
    ts.isMethodSignature(node)
  );
}

function readSignature(reader: Reader, node: SignatureNode): void {
  if (node.name !== undefined) readKey(reader, node.name);
  inScope(reader.names, () => reader.lower.signature(reader, node));
}

type JsxNode = ts.JsxElement | ts.JsxSelfClosingElement | ts.JsxFragment | ts.JsxOpeningElement | ts.JsxClosingElement;

function isJsx(node: ts.Node): node is JsxNode {
  return (
    ts.isJsxElement(node) ||
    ts.isJsxSelfClosingElement(node) ||
    ts.isJsxFragment(node) ||
    ts.isJsxOpeningElement(node) ||
    ts.isJsxClosingElement(node)
  );
}

function readJsx(reader: Reader, node: JsxNode): void {
  ts.forEachChild(node, (each) => {
    if ('tagName' in node && node.tagName === each) readTag(reader, each);
    else readNames(reader, each);
  });
}

/** `<div>` names no declaration, `<Chart>` and `<ui.Chart>` do. */
function readTag(reader: Reader, node: ts.Node): void {
  if (ts.isIdentifier(node)) {
    if (!/^[a-z]/.test(node.text)) readName(reader, node);
  } else if (ts.isPropertyAccessExpression(node)) reader.lower.expression(reader, node);
}

/** `A.B.C` of `import x = A.B.C`. */
export function readEntity(reader: Reader, node: ts.EntityName): void {
  if (ts.isQualifiedName(node)) readEntity(reader, node.left);
  else use(reader.names, { name: node.text, span: spanOf(reader, node), binding: null }, { as: 'either' });
}

/** Names that a `namespace` or an `enum` opens for its own text. */
export function declareMember(reader: Reader, node: ts.PropertyName): void {
  if (ts.isIdentifier(node)) declare(reader.names, node.text, spanOf(reader, node), { declared: 'const' });
}
