import * as tf from '@tensorflow/tfjs';
import { LevelBackend } from '../levels.js';

/**
 * Makes a kernel that returns its input and says something about it to who looks at the tape or runs the kernel at a
 * level. `gradientOf` gives the gradient from that of the output, by the attributes.
 */
export function markerKernel(
  kernelName: string,
  gradientOf: (attrs: tf.NamedAttrMap) => (dy: tf.Tensor) => tf.Tensor,
): void {
  tf.registerGradient({
    kernelName,
    gradFunc: (dy, _saved, attrs) => ({ x: () => gradientOf(attrs)(dy as tf.Tensor) }),
  });
}

/** `x` through a marker kernel. */
export function mark(kernelName: string, x: tf.Tensor, attrs?: tf.NamedAttrMap): tf.Tensor {
  registerEverywhere(kernelName);
  return tf.engine().runKernel(kernelName, { x }, attrs) as tf.Tensor;
}

/** For every backend, since a level hands the kernel on to those below it. */
function registerEverywhere(kernelName: string): void {
  for (const backendName of new Set([...tf.engine().backendNames(), tf.getBackend()])) {
    const identity = tf.getKernel('Identity', backendName);
    if (identity === undefined || tf.getKernel(kernelName, backendName) !== undefined) continue;
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: (call) => {
        const { backend, inputs, attrs } = call;
        if (!(backend instanceof LevelBackend)) return identity.kernelFunc(call);
        return backend.run(kernelName, inputs as Record<string, tf.Tensor>, attrs ?? {});
      },
    });
  }
}
