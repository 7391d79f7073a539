// Compiles the kernels of the wasm backend (AssemblyScript) into a module that holds their binaries: runtime/backends/
// wasm/binary.ts, which git ignores. No file is read at run time, so bundlers and pages need nothing. Skipped when the
// sources are those it was made from; `--force` compiles anyway.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'runtime', 'backends', 'wasm', 'assembly');
const target = join(root, 'runtime', 'backends', 'wasm', 'binary.ts');
const options = [
  ...['--optimizeLevel', '3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory'],
  ...['--initialMemory', '1', '--use', 'abort=', '--enable', 'simd'],
];

const mark = `// From assembly/, ${sourcesHash()}. Do not edit: npm run build:wasm makes it.`;
if (process.argv.includes('--force') || !existsSync(target) || !readFileSync(target, 'utf8').startsWith(mark)) {
  await build();
}

async function build() {
  const { default: asc } = await import('assemblyscript/asc');
  const plain = await compile(asc, options);
  const relaxed = await compile(asc, [...options, '--enable', 'relaxed-simd']);
  writeFileSync(
    target,
    `${mark}

/** The kernels for every engine with SIMD, base64. */
export const plain =
  '${plain}';

/** The same with fused multiply-add, for engines with relaxed SIMD. */
export const relaxed =
  '${relaxed}';
`,
  );
}

async function compile(asc, flags) {
  let binary;
  const { error, stderr } = await asc.main(['main.ts', '--baseDir', folder, '--outFile', 'main.wasm', ...flags], {
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = contents;
    },
  });
  if (error !== null || binary === undefined) {
    throw new Error(`The kernels do not compile.\n${stderr.toString()}`);
  }
  refuseData(binary);
  return Buffer.from(binary).toString('base64');
}

/** A data segment would overwrite the memory of TensorFlow.js. */
function refuseData(binary) {
  const DATA = 11;
  for (let i = 8; i < binary.length;) {
    const id = binary[i++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[i++];
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (id === DATA && size > 1) throw new Error('The kernels have static data. Give them scratch memory instead.');
    i += size;
  }
}

function sourcesHash() {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  return hash.digest('hex').slice(0, 16);
}
