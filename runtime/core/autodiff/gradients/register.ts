import * as tf from '@tensorflow/tfjs';
import { convolutions } from './convolutions.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { layout } from './layout.js';
import { pooling } from './pooling.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import { resizing } from './resizing.js';

/** Gradients that TensorFlow.js 4.22 does not have, or has otherwise than JAX. Importing this file registers them. */
const gradients: readonly tf.GradConfig[] = [
  ...elementwise,
  ...reductions,
  ...products,
  ...indexing,
  ...layout,
  ...convolutions,
  ...pooling,
  ...resizing,
];

gradients.forEach((gradient) => tf.registerGradient(gradient));
