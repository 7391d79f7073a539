// npm run bench: full Adam steps of three models, ours under jit, stock TensorFlow.js and jax-js, in turn.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { flops } from './models.mjs';

const models = process.argv[2]?.split(',') ?? ['mlp', 'cnn', 'transformer'];
const rounds = Number(process.argv[3] ?? 15);
const median = (times) => [...times].sort((a, b) => a - b)[times.length >> 1];

class Contestant {
  constructor(side, model) {
    this.side = side;
    this.child = fork(new URL('worker.mjs', import.meta.url), [side, model], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.child.setMaxListeners(0);
    this.times = [];
    this.ready = once(this.child, 'message');
  }

  async ask(job) {
    await this.ready;
    this.child.send(job);
    const [answer] = await Promise.race([
      once(this.child, 'message'),
      once(this.child, 'exit').then(() => [{ error: 'exit' }]),
    ]);
    return answer;
  }
}

async function compare(model) {
  const sides = ['ours', 'stock', 'jaxjs'].map((side) => new Contestant(side, model));
  const running = [];
  const failed = {};
  for (const side of sides) {
    const { error } = await side.ask('start');
    if (error === undefined) running.push(side);
    else failed[side.side] = error;
  }
  for (let round = 0; round < rounds; round++) {
    // Slow ones need fewer rounds for a stable median.
    for (const side of running) if (round < 5 || median(side.times) < 400) side.times.push((await side.ask('step')).ms);
  }
  const [ours] = sides;
  const { trace, eager } = await ours.ask('trace');
  const { peak } = await ours.ask('peak');
  const extra = model === 'mlp' ? await ours.ask('perExample') : null;
  for (const { child } of sides) child.kill();
  const ms = Object.fromEntries(running.map(({ side, times }) => [side, median(times)]));
  return { model, ms, failed, trace, eager, peak, extra, speed: flops(model) / ms.ours / 1e6 };
}

const cell = (value, digits = 1) => (value === undefined ? '–' : value.toFixed(digits));
const ratio = (a, b) => (a === undefined ? '–' : `${(a / b).toFixed(1)}×`);
const results = [];
for (const model of models) results.push(await compare(model));

console.log(`${os.cpus()[0].model}, Node ${process.version}, load ${os.loadavg()[0].toFixed(1)}, ${rounds} rounds\n`);
console.log(
  '| one Adam step, CPU ms (median) | ours | stock | jax-js | stock ÷ ours | jax-js ÷ ours | GFLOP/s | of the kernel alone |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const { model, ms, speed, peak } of results) {
  const columns = [
    model,
    cell(ms.ours),
    cell(ms.stock),
    cell(ms.jaxjs),
    ratio(ms.stock, ms.ours),
    ratio(ms.jaxjs, ms.ours),
  ];
  console.log(
    `| ${[...columns, cell(speed), `${((100 * speed) / peak).toFixed(0)} % of ${cell(peak)}`].join(' | ')} |`,
  );
}
console.log('\n| | eager step, ms | trace and compile, ms | trace ÷ eager |\n|---|---|---|---|');
for (const { model, trace, eager } of results)
  console.log(`| ${model} | ${cell(eager)} | ${cell(trace)} | ${ratio(trace, eager)} |`);
for (const { extra } of results) {
  if (extra === null) continue;
  const { loop, mapped } = extra;
  console.log(
    `\nGradients for each of 64 examples: ${cell(loop)} ms in a loop, ${cell(mapped, 2)} ms mapped, ${ratio(loop, mapped)}.`,
  );
}
for (const { model, failed } of results) {
  for (const [side, error] of Object.entries(failed))
    console.log(`\n${side} cannot run the ${model}: ${error.split('\n')[0]}`);
}
