import * as tf from '@tensorflow/tfjs';
import * as nn from 'linen2nnx/linen';

export class Inner extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new nn.Dense(this.features).call(x);
    return training ? tf.relu(x) : x;
  }
}

export class Middle extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new Inner(this.features).call(x, training);
    return new nn.Dropout(0.1).call(x, { deterministic: !training });
  }
}

export class Outer extends nn.Module {
  constructor(readonly features: number) {
    super();
  }

  @nn.compact
  call(x: tf.Tensor, training: boolean): tf.Tensor {
    x = new Middle(this.features).call(x, training);
    return new nn.BatchNorm().call(x, { useRunningAverage: !training });
  }
}
