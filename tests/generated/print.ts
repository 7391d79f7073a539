/** The text of a program. */
import type { ModelClass, Program, Size, Statement } from './program.js';

export interface Names {
  /** Of the class at an index. */
  readonly class: (index: number) => string;
  /** Of the value that flows. */
  readonly value: string;
}
export const usualNames: Names = { class: (index) => `Part${index}`, value: 'x' };

/** Path → text. */
export function printProgram(program: Program, names: Names = usualNames): { readonly [path: string]: string } {
  const classes = program.classes.map((each, index) => printClass(each, { index, names }));
  const last = program.classes.length - 1;
  const run = printSite(program, names);
  if (program.files === 'one') return { 'model.ts': [head, ...classes, run].join('\n') };
  const parts = classes.map((text, index) => {
    const imports = usedClasses(program.classes[index]!).map((each) => importOf(names.class(each), each));
    return [`part${index}.ts`, [classHead + imports.join(''), text].join('\n')] as const;
  });
  return { ...Object.fromEntries(parts), 'run.ts': [siteHead + importOf(names.class(last), last), run].join('\n') };
}

const siteHead = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
`;
const classHead = `import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';
`;
const head = `import * as tf from '@tensorflow/tfjs';
import * as jax from 'linen2nnx/jax';
import * as nn from 'linen2nnx/linen';
`;

function importOf(name: string, index: number): string {
  return `import { ${name} } from './part${index}.js';\n`;
}

function usedClasses({ statements }: ModelClass): readonly number[] {
  return [...new Set(statements.flatMap((each) => (each.kind === 'child' ? [each.class] : [])))].sort();
}

const fields = `readonly features: number,
    readonly hidden: number,
    readonly depth: number,
    readonly useExtra: boolean,
    options: { name?: string } = {},`;

interface Place {
  readonly index: number;
  readonly names: Names;
}

function printClass(model: ModelClass, { index, names }: Place): string {
  const parts = model.statements.map((each, at) => (model.form === 'setup' ? setupPart(each, at, names) : null));
  const declared = parts.flatMap((part) => (part === null ? [] : [`  ${part.field}!: ${part.type};\n`]));
  const setup = parts.flatMap((part) => (part === null ? [] : [`    this.${part.field} = ${part.made};\n`]));
  const body = model.statements.map((each, at) => printStatement(each, { part: parts[at] ?? null, names })).join('');
  const x = names.value;
  return `/** Part ${index} of the model. */
export class ${names.class(index)} extends nn.Module {
${declared.join('')}${declared.length === 0 ? '' : '\n'}  constructor(
    ${fields}
  ) {
    super(options);
  }
${model.form === 'setup' ? `\n  setup() {\n${setup.join('')}  }\n` : ''}
${model.form === 'compact' ? '  @nn.compact\n' : ''}  call(${x}: tf.Tensor, training: boolean): tf.Tensor {
${body}    return ${x};
  }
}
`;
}

interface Part {
  readonly field: string;
  readonly type: string;
  readonly made: string;
}

/** The submodule or parameter of a statement as a field that `setup` fills. */
function setupPart(statement: Statement, at: number, names: Names): Part | null {
  const made = construct(statement, names);
  if (made === null) return null;
  const type = statement.kind === 'param' ? 'tf.Tensor' : /^new ([\w.]+)/.exec(made)![1]!;
  return { field: `part${at}`, type, made };
}

/** The constructor call of a statement that has one part. */
function construct(statement: Statement, names: Names): string | null {
  switch (statement.kind) {
    case 'dense':
      return `new nn.Dense(${sizeText(statement.size)}${optionsText([
        statement.useBias ? null : 'useBias: false',
        statement.name === null ? null : `name: '${statement.name}'`,
      ])})`;
    case 'norm':
      return `new nn.${statement.which}()`;
    case 'batchNorm':
      return statement.flag === 'field' ? 'new nn.BatchNorm({ momentum: 0.9 })' : 'new nn.BatchNorm()';
    case 'dropout':
      return `new nn.Dropout(${statement.rate})`;
    case 'conv': {
      const { size, window, stride, padding } = statement;
      return `new nn.Conv(${sizeText(size)}, [${window}, ${window}], { strides: [${stride}, ${stride}], padding: '${padding}' })`;
    }
    case 'param':
      return `this.param('${statement.name}', nn.initializers.ones, [${sizeText(statement.size)}])`;
    case 'child': {
      const name = statement.name === null ? '' : `, { name: '${statement.name}' }`;
      return `new ${names.class(statement.class)}(this.features, this.hidden, this.depth, this.useExtra${name})`;
    }
    default:
      return null;
  }
}

function printStatement(
  statement: Statement,
  { part, names }: { readonly part: Part | null; readonly names: Names },
): string {
  const x = names.value;
  const made = part === null ? construct(statement, names) : `this.${part.field}`;
  switch (statement.kind) {
    case 'dense':
    case 'norm':
    case 'conv':
      return `    ${x} = ${made}.call(${x});\n`;
    case 'batchNorm':
      return `    ${x} = ${made}.call(${x}, { useRunningAverage: !training });\n`;
    case 'dropout':
      return `    ${x} = ${made}.call(${x}, { deterministic: !training });\n`;
    case 'child':
      return `    ${x} = ${made}.call(${x}, training);\n`;
    case 'activation':
      return `    ${x} = nn.${statement.which}(${x});\n`;
    case 'pool':
      return `    ${x} = nn.${statement.which}(${x}, [2, 2], { strides: [1, 1], padding: 'SAME' });\n`;
    case 'flatten':
      return `    ${x} = tf.reshape(${x}, [${x}.shape[0]!, -1]);\n`;
    case 'meanOverTime':
      return `    ${x} = tf.mean(${x}, 1);\n`;
    case 'attention':
      return `    ${x} = new nn.MultiHeadDotProductAttention(2, { qkvFeatures: 4 }).call(${x});\n`;
    case 'param':
      return part === null
        ? `    ${x} = new nn.Dense(${sizeText(statement.size)}).call(${x});\n    ${x} = tf.${statement.operation}(${x}, ${made});\n`
        : `    ${x} = tf.${statement.operation}(tf.sum(${x}, -1, true), ${made});\n`;
    case 'shared': {
      const { name, size } = statement;
      return `    const ${name} = new nn.Dense(${sizeText(size)});
    ${x} = new nn.Dense(${sizeText(size)}).call(${x});
    ${x} = tf.add(${name}.call(${x}), ${name}.call(tf.tanh(${x})));\n`;
    }
    case 'residual': {
      const { name, size } = statement;
      return `    ${x} = new nn.Dense(${sizeText(size)}).call(${x});
    const ${name} = new nn.Dense(${sizeText(size)}).call(tf.tanh(${x}));
    ${x} = tf.add(${x}, ${name});\n`;
    }
    case 'concat':
      return `    const ${statement.name} = new nn.Dense(${sizeText(statement.size)}).call(${x});
    ${x} = tf.concat([${x}, ${statement.name}], -1);\n`;
    case 'loop': {
      const count = statement.count === 'depth' ? 'this.depth' : String(statement.count);
      const norm = statement.norm ? `      ${x} = new nn.LayerNorm().call(${x});\n` : '';
      return `    for (let i = 0; i < ${count}; i++) {
      ${x} = new nn.Dense(${sizeText(statement.size)}).call(${x});
${norm}      ${x} = tf.relu(${x});
    }\n`;
    }
    case 'branch':
      return `    if (this.useExtra) {\n${statement.body.map((each) => `  ${printStatement(each, { part: null, names })}`).join('')}    }\n`;
    case 'sow':
      return `    this.sow('intermediates', '${statement.name}', ${x});\n`;
    case 'counter':
      return `    const ${statement.name} = this.variable('stats', '${statement.name}', () => tf.scalar(0));
    ${statement.name}.value = tf.add(${statement.name}.value, 1);\n`;
    case 'comment':
      return `    // ${statement.text}\n`;
  }
}

function sizeText(size: Size): string {
  return size.size === 'literal' ? String(size.value) : `this.${size.name}`;
}

function optionsText(options: readonly (string | null)[]): string {
  const given = options.filter((each) => each !== null);
  return given.length === 0 ? '' : `, { ${given.join(', ')} }`;
}

function printSite({ classes, features, hidden, depth, useExtra, input, seed }: Program, names: Names): string {
  const shape = { 2: [3], 3: [3, 4], 4: [3, 5, 5] }[input.rank];
  const model = `new ${names.class(classes.length - 1)}(${features}, ${hidden}, ${depth}, ${useExtra})`;
  return `export const model = ${model};
model.init(jax.random.key(${seed}), [tf.ones([${[...shape, input.size].join(', ')}]), false]);
`;
}
