import * as tf from '@tensorflow/tfjs';

/** What fused kernels do to a product. */
export interface Fused {
  readonly activation: string;
  readonly leakyreluAlpha?: number;
  readonly dataFormat?: string;
}

/** `y` plus a bias, through an activation: what the fused kernels do after their product. */
export function activated(
  y: tf.Tensor,
  bias: tf.Tensor | undefined,
  prelu: tf.Tensor | undefined,
  attrs: Fused,
): tf.Tensor {
  const biased = bias === undefined ? y : tf.add(y, alongChannels(bias, attrs));
  switch (attrs.activation) {
    case 'relu':
      return tf.relu(biased);
    case 'relu6':
      return tf.relu6(biased);
    case 'elu':
      return tf.elu(biased);
    case 'sigmoid':
      return tf.sigmoid(biased);
    case 'prelu':
      return tf.prelu(biased, alongChannels(prelu!, attrs));
    case 'leakyrelu':
      return tf.leakyRelu(biased, attrs.leakyreluAlpha);
    default:
      return biased;
  }
}

/** A vector belongs to the channels, which come before the image in NCHW. */
function alongChannels(x: tf.Tensor, { dataFormat }: Fused): tf.Tensor {
  return dataFormat === 'NCHW' && x.rank === 1 && x.shape[0] !== 1 ? tf.reshape(x, [-1, 1, 1]) : x;
}
