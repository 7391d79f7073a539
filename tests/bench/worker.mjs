// One contestant in a process of its own: waits for a message, does what it says, answers the time.
const [side, model] = process.argv.slice(2);
const module = await import(`./${side === 'eager' ? 'ours' : side}.mjs`);

/** Milliseconds of processor time: other programs on the machine change it little. */
async function timed(body) {
  const from = process.cpuUsage();
  await body();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

let step;
let loss;
const once = async () => {
  loss = await step();
};
const median = (times) => [...times].sort((a, b) => a - b)[times.length >> 1];
const jobs = {
  async start() {
    step = await module.start(model);
    const first = await timed(once);
    for (let i = 0; i < 4; i++) await once();
    return { first, loss };
  },
  step: async () => ({ ms: await timed(once), loss }),
  /** What the first call costs beyond a replay, once everything it calls is warm. */
  async trace() {
    const eager = await module.start(model, { eager: true });
    const eagerTimes = [];
    for (let i = 0; i < 6; i++) eagerTimes.push(await timed(eager));
    (await module.start(model))();
    const traced = [];
    for (let i = 0; i < 3; i++) {
      const again = await module.start(model);
      const first = await timed(again);
      traced.push(first - (await timed(again)));
    }
    return { eager: median(eagerTimes), trace: median(traced) };
  },
  peak: async () => ({ peak: module.peak() }),
  async perExample() {
    const { loop, mapped } = module.perExample();
    for (let i = 0; i < 10; i++) [loop, mapped].forEach((run) => run());
    const times = { loop: [], mapped: [] };
    for (let i = 0; i < 30; i++) {
      times.loop.push(await timed(loop));
      times.mapped.push(await timed(() => Array.from({ length: 20 }, mapped)));
    }
    return { loop: median(times.loop), mapped: median(times.mapped) / 20 };
  },
};

process.on('message', async (job) => {
  try {
    process.send(await jobs[job]());
  } catch (error) {
    process.send({ error: String(error.message ?? error) });
  }
});
process.send({ ready: true });
