// Which functions of a run.ts can be called without knowing the project: those declared in it whose arguments, if any,
// are numbers of steps.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Names of the functions, with how many numbers each asks for. */
export function callableFunctions(path) {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = new Map();
  for (const statement of file.statements) {
    if (!ts.canHaveModifiers(statement) || !isExported(statement)) continue;
    if (ts.isFunctionDeclaration(statement)) add(found, statement.name?.text, statement);
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer !== undefined && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer))) {
        add(found, name.getText(), initializer);
      }
    }
  }
  return found;
}

function add(found, name, { parameters }) {
  const required = parameters.filter((each) => !each.initializer && !each.questionToken && !each.dotDotDotToken);
  if (required.every(({ type }) => type?.kind === ts.SyntaxKind.NumberKeyword)) found.set(name, required.length);
}

function isExported(statement) {
  return (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}
