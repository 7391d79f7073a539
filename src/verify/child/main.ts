/** Entry of the child process: takes one job, answers with stages, and is killed by its parent when done. */
import { register } from 'node:module';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { ChildMessage, Job, ParentMessage } from '../job.js';
import { loadBundles } from './bundles.js';
import { forbidNetwork, limitMemory } from './guards.js';
import type { LoaderStart, ModuleQuestion } from './loader.js';
import { thrownCode, thrownText, Unverified } from './unverified.js';

/** Kept before user code can reach it. */
const send = process.send!.bind(process) as (message: ChildMessage) => boolean;

const { port1: questions, port2: port } = new MessageChannel();
questions.on('message', ([id, question]: [number, ModuleQuestion]) => send({ message: 'ask', id, question }));
process.on('message', (message: ParentMessage) => {
  if (message.message === 'job') void answer(message.job);
  else questions.postMessage([message.id, message.answer]);
});
for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, stop);
send({ message: 'ready' });

async function answer(job: Job): Promise<void> {
  limitMemory(job.megabytes * 1024 * 1024);
  forbidNetwork();
  try {
    const bundles = loadBundles(join(job.loader.root, 'package.json'), import.meta.url);
    const start: LoaderStart = { data: job.loader, bundles, port };
    register(`./loader${import.meta.url.slice(-3)}`, import.meta.url, { data: start, transferList: [port] });
    const { runBattery } = await import('./battery.js');
    const { traceClasses } = await import('./trace.js');
    const { classes, runtime } = await runBattery(job, (report) => send({ message: 'stage', report }));
    send({ message: 'done' });
    await traceClasses({ ...job, classes }, runtime, (run) => send({ message: 'run', run }));
    send({ message: 'traced' });
  } catch (error) {
    stop(error);
  }
}

function stop(thrown: unknown): void {
  const code = thrown instanceof Unverified ? thrown.code : thrownCode(thrown, 'L2N524');
  send({ message: 'stopped', code, reason: thrownText(thrown) });
}
