// What both trainings share: loading a compiled file of the project, and naming the keys that are drawn.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export function load(project, file) {
  return import(pathToFileURL(join(project, 'dist', 'src', file)).href);
}

/** Names each draw by place, stream and number: `block.dropout dropout 17`. */
export function drawNames() {
  const counts = new Map();
  return (place, stream) => {
    const source = `${place} ${stream}`;
    const count = counts.get(source) ?? 0;
    counts.set(source, count + 1);
    return `${source} ${count}`;
  };
}

export async function timed(body) {
  const started = performance.now();
  const result = await body();
  return { result, seconds: (performance.now() - started) / 1000 };
}
