// Serves the repository to one browser: TypeScript through swc, TensorFlow.js as the scripts it publishes for pages, behind an
// import map, so that every module shares one copy.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import swc from '@swc/core';
import * as tf from '@tensorflow/tfjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const kinds = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };

// The pack works where `eval` is forbidden; wasm itself needs its own permission.
const policy = "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'";

const page = `<!doctype html><meta charset="utf-8">
<script src="/node_modules/@tensorflow/tfjs/dist/tf.es2017.min.js"></script>
<script src="/node_modules/@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.es2017.min.js"></script>
<script type="importmap">{"imports":{"@tensorflow/tfjs":"/tfjs.js","@tensorflow/tfjs-backend-wasm":"/tfjs-wasm.js"}}</script>
<script type="module" src="/tests/browser/page.js"></script>`;

const made = {
  '/': page,
  '/favicon.ico': '',
  '/tfjs.js': `export const { ${Object.keys(tf)
    .filter((name) => name !== 'default')
    .join(', ')} } = globalThis.tf;`,
  '/tfjs-wasm.js': 'export const { setWasmPaths } = globalThis.tf.wasm;',
};

/** A server on a free port, and its address. */
export async function serve() {
  const server = createServer((request, response) => {
    try {
      const path = new URL(request.url, 'http://localhost').pathname;
      const kind = path === '/' ? 'text/html' : (kinds[extname(path)] ?? 'text/plain');
      const body = made[path] ?? contents(path);
      response.writeHead(200, { 'content-type': kind, 'content-security-policy': policy }).end(body);
    } catch (error) {
      response.writeHead(404).end(String(error));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

function contents(path) {
  const file = join(root, normalize(path));
  if (path.startsWith('/node_modules/')) return readFileSync(file);
  return swc.transformFileSync(file.replace(/\.js$/, '.ts'), { configFile: join(root, '.swcrc') }).code;
}
