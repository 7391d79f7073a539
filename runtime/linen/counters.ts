/** Draws made so far in a scope and below. */
export interface Counters {
  readonly draws: Map<string, number>;
  readonly children: Map<string, Counters>;
}

/** Counters with nothing drawn. */
export function newCounters(): Counters {
  return { draws: new Map(), children: new Map() };
}

/** The counters of child `name`, which go on where they stopped. */
export function childCounters(counters: Counters, name: string): Counters {
  const child = counters.children.get(name) ?? newCounters();
  counters.children.set(name, child);
  return child;
}

/** The counters as they are now, for `restoreCounters`. */
export function copyCounters({ draws, children }: Counters): Counters {
  const copies = [...children].map(([name, child]): [string, Counters] => [name, copyCounters(child)]);
  return { draws: new Map(draws), children: new Map(copies) };
}

/** Sets counters back to a copy, in place, since scopes hold on to them. */
export function restoreCounters(counters: Counters, saved: Counters): void {
  counters.draws.clear();
  for (const [stream, count] of saved.draws) counters.draws.set(stream, count);
  for (const [name, child] of counters.children) restoreCounters(child, saved.children.get(name) ?? newCounters());
}
