/** Runs a job in a process of its own, within limits. However that process ends, the answer says how. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { StageReport } from '../ir/report.js';
import type { TraceRun } from '../ir/trace.js';
import { memoryMark } from './child/guards.js';
import { compiledPackage, sourceFlags } from './from-source.js';
import type { ChildMessage, ParentMessage } from './job.js';
import type { UnitJob } from './make-job.js';
import { projectModules } from './project-modules.js';

export interface Outcome {
  readonly stages: readonly StageReport[];
  /** Runs of the old program on shapes. */
  readonly runs: readonly TraceRun[];
  /** Null when the job went to its end. */
  readonly stopped: { readonly code: string; readonly reason: string } | null;
}
export interface ChildLimits {
  readonly root: string;
  readonly seconds: number;
  readonly megabytes: number;
}

/** Forks, sends the job, collects the stages as they come, and kills the process when it is done or out of time. */
export async function runJob(
  { job, texts }: UnitJob,
  limits: ChildLimits,
  onStage: (stage: StageReport) => void,
): Promise<Outcome> {
  const child = forkChild(limits);
  const modules = projectModules(texts);
  const tell = (message: ParentMessage): boolean => child.connected && child.send(message);
  const output = collectOutput(child);
  const stages: StageReport[] = [];
  const runs: TraceRun[] = [];
  const stopped = await new Promise<Outcome['stopped']>((settle) => {
    let timer = setTimeout(() => settle(outOfTime(limits.seconds)), limits.seconds * 1000);
    let known = false;
    const finish = (answer: Outcome['stopped']): void => {
      clearTimeout(timer);
      settle(known ? null : answer);
    };
    child.on('message', (message: ChildMessage) => {
      if (message.message === 'ready') tell({ message: 'job', job });
      else if (message.message === 'ask')
        tell({ message: 'answer', id: message.id, answer: modules(message.question) });
      else if (message.message === 'stage') onStage(stages[stages.push(message.report) - 1]!);
      else if (message.message === 'run') runs.push(message.run);
      else if (message.message === 'done') {
        // What follows only adds evidence: it may not take the answer back.
        known = true;
        clearTimeout(timer);
        timer = setTimeout(() => settle(null), traceSeconds * 1000);
      } else finish(message.message === 'traced' ? null : { code: message.code, reason: message.reason });
    });
    child.on('error', (error) => finish({ code: 'L2N523', reason: error.message }));
    child.on('close', (code, signal) => finish(ended(code, signal, { output: output(), megabytes: limits.megabytes })));
  });
  await end(child);
  return { stages, runs, stopped };
}

/** For the runs on shapes, after everything else. */
const traceSeconds = 30;

function forkChild({ root, megabytes }: ChildLimits): ChildProcess {
  const compiled = compiledPackage();
  const entry = new URL(compiled === null ? './child/main.ts' : 'src/verify/child/main.js', compiled ?? import.meta.url)
    .href;
  return fork(fileURLToPath(entry), [], {
    cwd: root,
    execArgv: ['--no-warnings', `--max-old-space-size=${megabytes}`, ...permissionFlags(), ...sourceFlags(entry)],
    env: { PATH: process.env['PATH'], NODE_ENV: 'test' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
}

/** Node's permission model: the child may read files and start threads, but write nothing and start no process. */
function permissionFlags(): readonly string[] {
  const flag = ['--permission', '--experimental-permission'].find((each) =>
    process.allowedNodeEnvironmentFlags.has(each),
  );
  return flag === undefined ? [] : [flag, '--allow-fs-read=*', '--allow-worker'];
}

/** Drains what user code prints, and keeps the end of it for the reason. */
function collectOutput(child: ChildProcess): () => string {
  let kept = '';
  child.stdout?.resume();
  child.stderr?.on('data', (chunk: Buffer) => (kept = (kept + chunk.toString()).slice(-4000)));
  return () => kept;
}

function outOfTime(seconds: number): Outcome['stopped'] {
  return { code: 'L2N521', reason: `No answer within ${seconds} s.` };
}

function ended(
  code: number | null,
  signal: NodeJS.Signals | null,
  { output, megabytes }: { output: string; megabytes: number },
): Outcome['stopped'] {
  const memory = output.includes(memoryMark) || output.includes('JavaScript heap out of memory');
  if (memory) return { code: 'L2N522', reason: `More than ${megabytes} MB were taken.` };
  const how = signal === null ? `with exit code ${code}` : `by signal ${signal}`;
  return { code: 'L2N523', reason: `The process ended ${how} before the check did.${lastLine(output)}` };
}

function lastLine(output: string): string {
  const line = output
    .trim()
    .split('\n')
    .findLast((each) => /Error|error/.test(each));
  return line === undefined ? '' : ` ${line.trim().slice(0, 300)}`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await closed;
}
