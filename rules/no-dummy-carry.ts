import type { TSESTree } from '@typescript-eslint/utils';
import { type ClassNode, classNamed, type FunctionNode, isFunction } from './classes.js';
import { defineRule, type RuleFile } from './define-rule.js';
import { linenName, staticKey, variableAt } from './names.js';

/** Bodies of `nn.scan` with a second argument that is not used, or a second result that is null. */
export const noDummyCarry = defineRule('no-dummy-carry', {
  mentions: ['scan'],
  visit: (file) => ({
    CallExpression: (node) => {
      const [target] = node.arguments;
      if (linenName(node.callee, file) !== 'scan' || target?.type !== 'Identifier') {
        if (linenName(node.callee, file) === 'scan' && isFunction(target)) checkBody(target, 2, file);
        return;
      }
      const scanned = classNamed(target, file);
      const method = scanned === null ? null : callOf(scanned);
      if (scanned !== null && method !== null) checkBody(method, 1, file, `${scanned.id?.name ?? 'This class'}.call`);
      const declared = variableAt(target, file)?.defs[0]?.node as TSESTree.Node | undefined;
      if (declared?.type === 'FunctionDeclaration') checkBody(declared, 2, file, declared.id?.name);
    },
  }),
});

function checkBody(body: FunctionNode, at: number, file: RuleFile, owner = 'The body'): void {
  const parameter = body.params[at];
  if (parameter?.type === 'Identifier' && isUnused(parameter, body, file)) {
    file.report({ node: parameter, data: { owner, part: 'argument' } });
  }
  for (const pair of results(body)) {
    const second = pair.elements[1];
    if (pair.elements.length === 2 && second?.type === 'Literal' && second.value === null) {
      file.report({ node: second, data: { owner, part: 'result' } });
    }
  }
}

function isUnused(parameter: TSESTree.Identifier, body: FunctionNode, { source }: RuleFile): boolean {
  const variable = source.getDeclaredVariables?.(body).find(({ name }) => name === parameter.name);
  return variable !== undefined && variable.references.length === 0;
}

/** The arrays that a function returns, not those of functions inside it. */
function results(body: FunctionNode): readonly TSESTree.ArrayExpression[] {
  if (body.body.type === 'ArrayExpression') return [body.body];
  const found: TSESTree.ArrayExpression[] = [];
  const visit = (node: TSESTree.Statement): void => {
    if (node.type === 'ReturnStatement' && node.argument?.type === 'ArrayExpression') found.push(node.argument);
    else if (node.type === 'BlockStatement') node.body.forEach(visit);
    else if (node.type === 'IfStatement')
      [node.consequent, ...(node.alternate === null ? [] : [node.alternate])].forEach(visit);
  };
  if (body.body.type === 'BlockStatement') body.body.body.forEach(visit);
  return found;
}

function callOf({ body }: ClassNode): FunctionNode | null {
  const method = body.body.find((each) => each.type === 'MethodDefinition' && staticKey(each) === 'call');
  return method?.type === 'MethodDefinition' && isFunction(method.value) ? method.value : null;
}
