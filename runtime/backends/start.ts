import { ready } from './select.js';

// Node's default is wasm with the training pack, without a line in user code: importing waits for it (about 60 ms).
await ready();
