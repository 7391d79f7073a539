// The same step in stock TensorFlow.js on wasm: tf.variableGrads and tf.train.adam, nothing of ours loaded.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { losses, parameters, tensors } from './models.mjs';

export async function start(model) {
  await tf.setBackend('wasm');
  const loss = losses(tf, { oneHot: true })[model];
  const { x, y } = tensors(tf, model);
  const p = Object.fromEntries(
    parameters(model).map(([name, shape, values]) => [name, tf.variable(tf.tensor(values, shape))]),
  );
  const optimizer = tf.train.adam(1e-3);
  return () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => loss(p, x, y));
      optimizer.applyGradients(grads);
      return value.dataSync()[0];
    });
}
