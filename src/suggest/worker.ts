/** Answers one question at a time: the asker waits on `signal` and then takes the answer from its port. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { convertText } from './convert-text.js';

export interface Question {
  readonly root: string;
  readonly path: string;
  readonly text: string;
  readonly signal: Int32Array;
  readonly port: MessagePort;
}

parentPort?.on('message', ({ root, path, text, signal, port }: Question) => {
  void convertText(root, path, text)
    .catch(() => [])
    .then((answer) => {
      port.postMessage(answer);
      Atomics.store(signal, 0, 1);
      Atomics.notify(signal, 0);
    });
});
