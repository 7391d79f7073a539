// Lets a process import TypeScript: a project's own, and the runtime of this repository for `linen2nnx/…`.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
