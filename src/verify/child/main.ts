/** Entry of the child process: takes one job, answers with stages, and is killed by its parent when done. */
import { register } from 'node:module';
import type { ChildMessage, Job } from '../job.js';
import { forbidNetwork, limitMemory } from './guards.js';
import { thrownCode, thrownText, Unverified } from './unverified.js';

/** Kept before user code can reach it. */
const send = process.send!.bind(process) as (message: ChildMessage) => boolean;

process.once('message', (job: Job) => void answer(job));
for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, stop);
send({ message: 'ready' });

async function answer(job: Job): Promise<void> {
  limitMemory(job.megabytes * 1024 * 1024);
  forbidNetwork();
  try {
    register(`./loader${import.meta.url.slice(-3)}`, import.meta.url, { data: job.loader });
    const { runBattery } = await import('./battery.js');
    await runBattery(job, (report) => send({ message: 'stage', report }));
    send({ message: 'done' });
  } catch (error) {
    stop(error);
  }
}

function stop(thrown: unknown): void {
  const code = thrown instanceof Unverified ? thrown.code : thrownCode(thrown, 'L2N524');
  send({ message: 'stopped', code, reason: thrownText(thrown) });
}
