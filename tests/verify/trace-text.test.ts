import { expect, test } from '@jest/globals';
import { markedWriter } from '../../src/verify/trace-job.js';
import { modelOf } from '../infer/project.js';

const model = modelOf(`
class Inner extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new nn.Dense(2).call(new nn.LayerNorm().call(new Map<string, tf.Tensor>().get('x') ?? x));
  }
}
class Outer extends nn.Module {
  @nn.compact
  call(x: tf.Tensor): tf.Tensor {
    return new Inner().call(new nn.Dense(...[3], { useBias: false }).call(x));
  }
}
`);
const source = model.sources['main.ts']!;
const write = markedWriter(model);
const marked = (line: string): string => {
  const start = source.text.indexOf(line);
  return write(source, { start, end: start + line.length });
};
const site = (text: string): string => `globalThis.linen2nnxBuild("main.ts@${source.text.indexOf(text)}", `;

test('every place that builds a module is named, inside others too; other classes stay', () => {
  expect(
    marked("return new nn.Dense(2).call(new nn.LayerNorm().call(new Map<string, tf.Tensor>().get('x') ?? x));"),
  ).toBe(
    `return ${site('new nn.Dense(2)')}nn.Dense, [2]).call(${site('new nn.LayerNorm')}nn.LayerNorm, []).call(new Map<string, tf.Tensor>().get('x') ?? x));`,
  );
  expect(marked('return new Inner().call(new nn.Dense(...[3], { useBias: false }).call(x));')).toBe(
    `return ${site('new Inner')}Inner, []).call(${site('new nn.Dense(...')}nn.Dense, [...[3], { useBias: false }]).call(x));`,
  );
});
