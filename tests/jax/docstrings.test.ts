import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = ['jax', 'linen', 'nnx', 'optax', 'training', 'checkpoint'];

/** Names that an entry point exports, namespaces included, without a word on what they are. */
function undocumented(module: ts.Symbol, checker: ts.TypeChecker, prefix = ''): string[] {
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    const name = prefix + exported.name;
    if (symbol.flags & ts.SymbolFlags.ValueModule) return undocumented(symbol, checker, `${name}.`);
    return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() === '' ? [name] : [];
  });
}

test('every export of the runtime says what it is', () => {
  const files = entries.map((entry) => `${root}runtime/${entry}/index.ts`);
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    readonly config: { readonly compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const missing = files.map((file, i) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
    expect(checker.getExportsOfModule(module).length).toBeGreaterThan(1);
    return [entries[i], undocumented(module, checker)];
  });
  expect(missing).toEqual(entries.map((entry) => [entry, []]));
});
