// `npm run demo`: a Linen project on real handwritten digits is trained, converted, verified and trained again.
// `npm run demo -- digits-convolution` takes the convolutional variant.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyProject } from './demo/project.mjs';

const name = process.argv.slice(2).find((each) => !each.startsWith('-')) ?? 'digits';
const { folder, project } = copyProject(name);
const record = join(folder, 'linen.json');
const versioned = spawnSync('git', ['--version']).status === 0;
const override = versioned ? [] : ['--allow-no-vcs'];
const times = [];
const env = { ...process.env, PATH: `${join(project, 'node_modules', '.bin')}:${process.env.PATH}` };
const keep = process.argv.includes('--keep');

try {
  if (versioned) git('init', '--quiet');
  commit(`${name}, Linen style`);
  phase("The project's own tests, Linen style", () => ownTests());
  phase('Training, Linen style', () => run(process.execPath, [script('train-linen'), project, record]));
  phase('What the lint rules flag', () => lint((lines) => lines > 0));
  phase('The conversion as a diff: npx linen2nnx --diff --verify off', () =>
    run('linen2nnx', ['--diff', '--verify', 'off', ...override], { codes: [1] }),
  );
  phase('The conversion, verified and written: npx linen2nnx --verbose', () =>
    run('linen2nnx', ['--verbose', ...override]),
  );
  commit(`${name}, NNX style`);
  phase('A second conversion: npx linen2nnx', () => {
    run('linen2nnx', override);
    if (versioned) expect(git('status', '--porcelain') === '', 'a second conversion changes nothing');
  });
  phase('What the lint rules flag now', () => lint((lines) => lines === 0));
  phase("The project's own tests, NNX style", () => ownTests());
  phase('Training, NNX style, from the same weights and with the same dropout keys', () => trainConverted());
  console.log(`\n${table(times)}\n`);
  console.log('The NNX version learns as the Linen version did, to the last bit.');
} catch (error) {
  console.error(`\nThe demo failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  if (keep) console.log(`The project is in ${project}`);
  else rmSync(folder, { recursive: true, force: true });
}

function phase(title, body) {
  console.log(`\n── ${title}\n`);
  const started = performance.now();
  body();
  times.push([title.split(':')[0], `${((performance.now() - started) / 1000).toFixed(1)} s`]);
}

/** Runs a command of the project, its output shown, and answers its standard output. */
function run(command, args, { codes = [0], show = true } = {}) {
  const options = { cwd: project, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 };
  const { status, stdout, error } = spawnSync(command, args, options);
  if (error !== undefined) throw error;
  if (show) process.stdout.write(stdout);
  expect(
    codes.includes(status),
    `\`${command} ${args.join(' ')}\` ends with ${codes.join(' or ')}, not ${status}`,
    stdout,
    show,
  );
  return stdout;
}

function git(...args) {
  return run('git', args, { show: false });
}

function commit(message) {
  if (!versioned) return;
  git('add', '.');
  git('-c', 'user.name=demo', '-c', 'user.email=demo@example.org', 'commit', '--quiet', '-m', message);
}

function expect(fact, what, output = '', shown = true) {
  if (fact) return;
  if (!shown) process.stdout.write(output);
  throw new Error(`expected that ${what}.`);
}

function ownTests() {
  const output = run('npm', ['test', '--silent'], { show: false });
  const count = (name) => Number(new RegExp(`^# ${name} (\\d+)`, 'm').exec(output)?.[1] ?? Number.NaN);
  console.log(`${count('pass')} passed, ${count('fail')} failed`);
  expect(count('pass') > 0 && count('fail') === 0, 'all tests of the project pass', output, false);
}

function lint(holds) {
  const results = JSON.parse(run('eslint', ['--format', 'json', '.'], { show: false }));
  const lines = results.flatMap(({ filePath, messages }) =>
    messages.map((each) => `${filePath.slice(project.length + 1)}:${each.line}  ${each.ruleId}`),
  );
  console.log(lines.length === 0 ? 'nothing' : lines.join('\n'));
  expect(holds(lines.length), 'the rules flag the Linen style, and only that');
}

function trainConverted() {
  const output = run(process.execPath, [script('train-nnx'), project, record], { show: false });
  const lines = output.trimEnd().split('\n');
  const facts = JSON.parse(lines.pop());
  console.log(lines.join('\n'));
  const [linen, nnx] = facts.accuracies;
  const [linenSeconds, nnxSeconds] = facts.seconds.map((each) => `${each.toFixed(1)} s`);
  console.log(`\nweights carried over by the manifest: ${facts.variables} variables`);
  console.log(`dropout keys replayed: ${facts.keysReplayed} of ${facts.keys}`);
  console.log(`loss curve: ${facts.equalSteps} of ${facts.steps} steps equal to the last bit`);
  console.log(`test accuracy: ${percent(linen)} (Linen), ${percent(nnx)} (NNX)`);
  console.log(`training took: ${linenSeconds} (Linen), ${nnxSeconds} (NNX), data included`);
  const sameKeys = facts.keysReplayed === facts.keys && facts.keysDrawn === facts.keys;
  expect(sameKeys, 'both versions draw the same keys');
  expect(facts.equalSteps === facts.steps && facts.steps > 0, 'the loss curves are equal');
  expect(Math.min(linen, nnx) > 0.9, 'both versions read over 90 % of the test digits');
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function script(name) {
  return fileURLToPath(new URL(`./demo/${name}.mjs`, import.meta.url));
}

function table(rows) {
  const width = Math.max(...rows.map(([title]) => title.length));
  return rows.map(([title, time]) => `${title.padEnd(width)}  ${time.padStart(8)}`).join('\n');
}
