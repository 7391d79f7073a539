// Runs compiled programs one after another on cpu and prints what each logged, or how it failed, as JSON.
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';

await tf.setBackend('cpu');
const found = {};
for (const path of process.argv.slice(2)) {
  try {
    found[path] = { log: (await import(pathToFileURL(path).href)).log };
  } catch (error) {
    found[path] = { error: String(error?.message ?? error) };
  }
}
process.stdout.write(JSON.stringify(found));
