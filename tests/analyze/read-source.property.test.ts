import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readText } from '../../src/analyze/read-source.js';
import { faultsOf } from './soundness.js';

/** Programs of nested scopes over few names, so that names hide one another often. */
const name = fc.constantFrom('a', 'b', 'c', 'Dense', 'nn');
const { statement } = fc.letrec<{ expression: string; pattern: string; statement: string; body: string; type: string }>(
  (tie) => ({
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      name,
      fc.constantFrom('1', "'s'", 'this.x', '`t`', '/r/g', 'null'),
      fc.tuple(tie('expression'), name).map(([e, n]) => `(${e})?.${n}`),
      fc.tuple(tie('expression'), tie('expression')).map(([e, f]) => `${wrap(e)} ?? ${wrap(f)}`),
      fc.tuple(name, tie('expression'), tie('expression')).map(([n, e, f]) => `${n}(/* c */ ${e}, ...[${f}],)`),
      fc.tuple(name, tie('expression')).map(([n, e]) => `new ${n}.${n}({ ${n}, [${wrap(e)}]: ${e} })`),
      fc.tuple(tie('pattern'), tie('type'), tie('expression')).map(([p, t, e]) => `((${p}: ${t}) => ${wrap(e)})`),
      fc.tuple(name, tie('body')).map(([n, b]) => `(function ${n}(${n}x = ${n}) { ${b} })`),
      fc.tuple(name, tie('body')).map(([n, b]) => `(class ${n} { static ${n} = ${n}; @${n} m() { ${b} } })`),
      fc.tuple(name, tie('expression')).map(([n, e]) => `(${n} = ${wrap(e)})`),
      fc.tuple(tie('expression'), tie('expression')).map(([e, f]) => `\`x\${${e}}y\${${f}}\``),
      fc.tuple(tie('expression'), tie('type')).map(([e, t]) => `(${wrap(e)} as ${t})`),
    ),
    pattern: fc.oneof(
      { depthSize: 'small' },
      name,
      fc.tuple(name, tie('expression')).map(([n, e]) => `{ ${n} = ${e} }`),
      fc.tuple(name, tie('pattern')).map(([n, p]) => `{ ${n}: [${p}], ...rest${n} }`),
    ),
    type: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('number', 'nn.Dense', 'a', '"k"'),
      fc.tuple(tie('type'), name).map(([t, n]) => `{ ${n}?: ${t}; [k: string]: ${t} }`),
      fc.tuple(tie('type'), name).map(([t, n]) => `((${n}: ${t}) => typeof ${n})`),
      tie('type').map((t) => `(${t} extends (infer a)[] ? a : never)`),
    ),
    body: fc.array(tie('statement'), { maxLength: 3 }).map((each) => each.join('\n')),
    statement: fc.oneof(
      { depthSize: 'small' },
      tie('expression').map((e) => `${wrap(e)};`),
      fc
        .tuple(fc.constantFrom('const', 'let', 'var'), tie('pattern'), tie('expression'))
        .map(([k, p, e]) => `{ ${k} ${p} = ${e}; }`),
      fc.tuple(name, tie('body')).map(([n, b]) => `{ function ${n}() { ${b} } }`),
      fc.tuple(name, tie('expression'), tie('body')).map(([n, e, b]) => `for (const ${n} of ${wrap(e)}) { ${b} }`),
      fc.tuple(name, tie('body')).map(([n, b]) => `try { ${b} } catch (${n}) { ${b} } // ${n}\n`),
      fc.tuple(tie('expression'), tie('body')).map(([e, b]) => `if (${e}) { ${b} } else ${wrap(e)};`),
      fc.tuple(name, tie('type')).map(([n, t]) => `{ type ${n} = ${t}; }`),
    ),
  }),
);

function wrap(expression: string): string {
  return `(${expression})`;
}

test('generated programs read without faults, and reading twice gives the same', () => {
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 6 }), (statements) => {
      const text = statements.join('\n');
      const source = readText('a.ts', text);
      expect(source.errors.map((each) => each.message)).toEqual([]);
      expect(faultsOf(source)).toEqual([]);
      expect(readText('a.ts', text)).toEqual(source);
    }),
    { numRuns: 150 },
  );
});

test('text that is no program never throws', () => {
  const token = fc.constantFrom(
    ...'{ } ( ) [ ] < > => ; , . ? ! : = += ++ ... @ # ` ${ /* */ // " \' class extends static get async function for of'.split(
      ' ',
    ),
    ...'if else switch case import export default from as type enum namespace new this a b 1 /r/ \n'.split(' '),
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), fc.constantFrom('a.ts', 'a.tsx', 'a.js'), (tokens, path) => {
      const source = readText(path, tokens.join(' '));
      expect(source.comments.every((each) => each.span.end > each.span.start)).toBe(true);
    }),
    { numRuns: 800 },
  );
});
