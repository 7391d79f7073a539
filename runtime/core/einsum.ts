import * as tf from '@tensorflow/tfjs';

/**
 * Einstein summation by transposes, reshapes and matrix products, so that it runs and differentiates on every backend:
 * `einsumOf('bij,bjk->bik', [a, b])`. Labels are letters; each occurs once in a term.
 */
export function einsumOf(equation: string, operands: readonly tf.Tensor[]): tf.Tensor {
  const { terms, result } = parse(equation, operands);
  return tf.tidy(() => {
    let [left] = terms.map((labels, i): Term => ({ labels, tensor: operands[i]! }));
    terms.slice(1).forEach((labels, i) => {
      const wanted = [result, ...terms.slice(i + 2)].join('');
      left = product(left!, { labels, tensor: operands[i + 1]! }, wanted);
    });
    const summed = sumOut(left!, result);
    return tf.transpose(
      summed.tensor,
      [...result].map((label) => summed.labels.indexOf(label)),
    );
  });
}

interface Term {
  readonly labels: string;
  readonly tensor: tf.Tensor;
}

function parse(
  equation: string,
  operands: readonly tf.Tensor[],
): { readonly terms: string[]; readonly result: string } {
  const [left = '', given] = equation.replace(/\s/g, '').split('->');
  const terms = left.split(',');
  const result = given ?? implicitResult(left);
  const wrong = [...terms, result].find((term) => !/^[a-zA-Z]*$/.test(term) || new Set(term).size !== term.length);
  if (wrong !== undefined) {
    throw mistake(equation, 'terms of distinct letters', `'${wrong}'`, 'Take diagonals and ellipses apart first.');
  }
  if (terms.length !== operands.length) {
    throw mistake(equation, `${terms.length} operands`, String(operands.length), 'Pass one tensor for each term.');
  }
  checkSizes(equation, terms, operands);
  if ([...result].some((label) => !left.includes(label))) {
    throw mistake(equation, 'a result of labels of the operands', `'${result}'`, 'Correct the part after `->`.');
  }
  return { terms, result };
}

/** Without `->`: the labels that occur once, sorted. */
function implicitResult(left: string): string {
  return [...left.replace(/,/g, '')]
    .filter((label, _i, all) => all.filter((other) => other === label).length === 1)
    .sort()
    .join('');
}

function checkSizes(equation: string, terms: readonly string[], operands: readonly tf.Tensor[]): void {
  const sizes = new Map<string, number>();
  terms.forEach((term, i) => {
    const { shape } = operands[i]!;
    if (shape.length !== term.length) {
      throw mistake(
        equation,
        `${term.length} axes for '${term}'`,
        `shape [${shape.join(', ')}]`,
        'Correct the equation.',
      );
    }
    [...term].forEach((label, axis) => {
      const known = sizes.get(label) ?? shape[axis]!;
      if (known !== shape[axis]) {
        throw mistake(equation, `${known} along '${label}'`, String(shape[axis]), 'One label stands for one size.');
      }
      sizes.set(label, known);
    });
  });
}

/** Labels of both operands that nobody wants are contracted, the others of both are a batch. */
function product(left: Term, right: Term, wanted: string): Term {
  const a = sumOut(left, right.labels + wanted);
  const b = sumOut(right, left.labels + wanted);
  const both = [...a.labels].filter((label) => b.labels.includes(label));
  const batch = both.filter((label) => wanted.includes(label));
  const contracted = both.filter((label) => !wanted.includes(label));
  const freeA = [...a.labels].filter((label) => !both.includes(label));
  const freeB = [...b.labels].filter((label) => !both.includes(label));
  const lead = batch.length === 0 ? [] : [batch];
  const matrices = tf.matMul(grouped(a, [...lead, freeA, contracted]), grouped(b, [...lead, contracted, freeB]));
  const shape = [...batch, ...freeA].map((label) => sizeOf(a, label));
  return {
    labels: [...batch, ...freeA, ...freeB].join(''),
    tensor: tf.reshape(matrices, [...shape, ...freeB.map((label) => sizeOf(b, label))]),
  };
}

/** Sums over the labels that are not among `wanted`. */
function sumOut({ labels, tensor }: Term, wanted: string): Term {
  const axes = [...labels].flatMap((label, axis) => (wanted.includes(label) ? [] : [axis]));
  if (axes.length === 0) return { labels, tensor };
  return { labels: [...labels].filter((label) => wanted.includes(label)).join(''), tensor: tf.sum(tensor, axes) };
}

/** One axis for each group of labels. */
function grouped(term: Term, groups: readonly (readonly string[])[]): tf.Tensor {
  const order = groups.flat().map((label) => term.labels.indexOf(label));
  const sizes = groups.map((group) => group.reduce((size, label) => size * sizeOf(term, label), 1));
  return tf.reshape(tf.transpose(term.tensor, order), sizes);
}

function sizeOf({ labels, tensor }: Term, label: string): number {
  return tensor.shape[labels.indexOf(label)]!;
}

function mistake(equation: string, expected: string, got: string, advice: string): Error {
  return new Error(`einsum '${equation}': expected ${expected}, got ${got}.\n${advice}`);
}
