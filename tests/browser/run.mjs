// `npm run test:browser`: the kernels and transforms in headless Chromium, each backend against cpu, and the table of what a
// backend cannot do (README.md, between two marks; `--write` replaces it, otherwise a table that differs fails).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from './server.mjs';

const readme = fileURLToPath(new URL('../../README.md', import.meta.url));
const marks = ['<!-- backends: npm run test:browser -- --write -->', '<!-- /backends -->'];
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM ?? places.find((each) => existsSync(each));

if (executablePath === undefined) {
  console.log('skipped: no Chromium at /usr/bin. Install it, or name it in CHROMIUM.');
} else {
  const outcomes = await run();
  outcomes.forEach(tell);
  const table = tableOf(outcomes);
  if (process.argv.includes('--write')) write(table);
  else if (between() !== table) {
    console.log('FAILED: the table in README.md is another. See what changed, then: npm run test:browser -- --write');
    process.exitCode = 1;
  }
}

async function run() {
  const server = await serve();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--enable-unsafe-webgpu'] });
  try {
    const outcomes = [];
    for (const backend of ['wasm', 'webgl', 'webgpu']) {
      const page = await browser.newPage();
      page.on('pageerror', (error) => console.log(`in the page: ${error.message}`));
      await page.goto(`${server.address}?backend=${backend}`, { waitUntil: 'commit' });
      outcomes.push(JSON.parse(await page.locator('#outcome').textContent({ timeout: 300_000 })));
      await page.close();
    }
    return outcomes;
  } finally {
    await browser.close();
    server.close();
  }
}

function tell({ backend, checks, faults, absent }) {
  if (absent !== undefined) console.log(`${backend}: not there. ${absent.split('\n').join(' ')}`);
  else console.log(`${backend}: ${checks} checks against cpu, ${faults.length} differ`);
  faults.forEach(({ kernel, check, what }) => console.log(`  ${kernel} ${check} ${what}`));
}

/** One row for each kernel that some backend has not, or otherwise than cpu. */
function tableOf(outcomes) {
  const started = outcomes.filter(({ absent }) => absent === undefined);
  const kernels = [...new Set(started.flatMap(({ faults }) => faults.map(({ kernel }) => kernel)))].sort();
  const rows = kernels.map((kernel) => [`\`${kernel}\``, ...started.map(({ faults }) => cell(faults, kernel))]);
  const missing = outcomes.filter(({ absent }) => absent !== undefined).map(({ backend }) => backend);
  const lines = [['', ...started.map(({ backend }) => backend)], ['---', ...started.map(() => '---')], ...rows];
  const note = missing.length === 0 ? [] : ['', `Not run, for want of its package: ${missing.join(', ')}.`];
  return ['', ...lines.map((cells) => `| ${cells.join(' | ')} |`), ...note, ''].join('\n');
}

function cell(faults, kernel) {
  const own = faults.filter((fault) => fault.kernel === kernel);
  if (own.length === 0) return 'yes';
  if (own.some(({ what }) => what === 'absent')) return 'no';
  const checks = [...new Set(own.map(({ check }) => check))].join(', ');
  return own.some(({ what }) => what.startsWith('throws')) ? `throws (${checks})` : `differs (${checks})`;
}

function between() {
  const [, after = ''] = readFileSync(readme, 'utf8').split(marks[0]);
  return after.split(marks[1])[0].trimEnd() === '' ? undefined : after.split(marks[1])[0];
}

function write(table) {
  const [before, after] = readFileSync(readme, 'utf8').split(marks[0]);
  if (after === undefined) throw new Error(`README.md has no ${marks[0]} to put the table behind.`);
  writeFileSync(readme, `${before}${marks[0]}${table}${marks[1]}${after.split(marks[1])[1]}`);
}
