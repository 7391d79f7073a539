/** What user code may not do in the child: reach the network, or take more memory than it was given. */
import { Socket as DatagramSocket } from 'node:dgram';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** Printed on stderr before the process kills itself; the parent looks for it. */
export const memoryMark = 'linen2nnx: memory limit reached';

/** Makes every way out to the network throw. */
export function forbidNetwork(): void {
  const refuse = (): never => {
    throw new Error('The network is closed during verification.');
  };
  Socket.prototype.connect = refuse;
  DatagramSocket.prototype.connect = refuse;
  DatagramSocket.prototype.send = refuse;
  Object.assign(globalThis, { fetch: refuse, WebSocket: refuse });
}

/** Ends the process when its resident memory passes the limit, also while JavaScript is in a loop. */
export function limitMemory(bytes: number): void {
  const watch = `
    const { writeSync } = require('node:fs');
    setInterval(() => {
      if (process.memoryUsage.rss() < ${bytes}) return;
      writeSync(2, ${JSON.stringify(`\n${memoryMark}\n`)});
      process.kill(process.pid, 'SIGKILL');
    }, 100);`;
  new Worker(watch, { eval: true, execArgv: [] }).unref();
}
