import * as tf from '@tensorflow/tfjs';

/** Watches the `tf.Variable`s while a function is traced: what it assigns is assigned at every call. */
export class VariableWatch {
  readonly #who: string;
  readonly #before: { readonly variable: tf.Variable; readonly dataId: object; readonly value: tf.Tensor }[];

  constructor(who: string) {
    this.#who = who;
    this.#before = Object.values(tf.engine().registeredVariables).map((variable) => ({
      variable,
      dataId: variable.dataId,
      // Some backends copy, so that the data may be another's.
      value: tf.keep(tf.clone(variable)),
    }));
  }

  /** The variables that hold another value now. Throws where one was made or disposed. */
  assigned(): tf.Variable[] {
    const known = new Set(this.#before.map(({ variable }) => variable));
    const odd = Object.values(tf.engine().registeredVariables).find((variable) => !known.has(variable));
    if (odd !== undefined) {
      throw new Error(
        `${this.#who}: expected a function that uses the variables there are, got one that makes ${odd.name}.\n` +
          'Make variables before. An optimizer of TensorFlow.js makes its own in its first step: take that step outside.',
      );
    }
    return this.#before.filter(({ variable, dataId }) => variable.dataId !== dataId).map((each) => each.variable);
  }

  /** Runs `body` while reading the value of a variable is refused: it would stay as it is now. */
  withoutReads<T>(body: () => T): T {
    const engine = tf.engine();
    const variables = new Map(this.#before.map(({ variable, dataId }) => [dataId, variable.name]));
    const read = engine.readSync.bind(engine);
    engine.readSync = (dataId: object) => {
      if (!variables.has(dataId)) return read(dataId);
      throw new Error(
        `${this.#who}: expected a function that leaves the values of variables alone, got one that reads that of ` +
          `${variables.get(dataId)}.\nIt would be the same in every call. Compute with the variable itself, or read it outside.`,
      );
    };
    try {
      return body();
    } finally {
      Reflect.deleteProperty(engine, 'readSync');
    }
  }

  /** Gives variables their values of before, and disposes new ones. */
  restore(): void {
    const known = new Set(this.#before.map(({ variable }) => variable));
    for (const variable of Object.values(tf.engine().registeredVariables)) {
      if (!known.has(variable)) variable.dispose();
    }
    for (const { variable, dataId, value } of this.#before) {
      if (!variable.isDisposed && variable.dataId !== dataId) variable.assign(value as tf.Tensor<tf.Rank>);
      value.dispose();
    }
  }
}
