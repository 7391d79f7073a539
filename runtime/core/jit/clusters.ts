import type { Instruction, SlotId } from './program.js';

/** What may be put together. */
export interface ClusterRules {
  fusable(instruction: Instruction): boolean;
  joins(a: Instruction, b: Instruction): boolean;
}

/** Groups of instructions that can run as one, without a way out of a group and back into it. */
export class Clusters {
  readonly #instructions: readonly Instruction[];
  readonly #makers = new Map<SlotId, number>();
  /** For each instruction, its group; groups are named by their first member's index. */
  readonly #group: number[];
  readonly #members = new Map<number, number[]>();

  constructor(instructions: readonly Instruction[], rules: ClusterRules) {
    this.#instructions = instructions;
    this.#group = instructions.map((_, i) => i);
    instructions.forEach(({ inputs, outputs }, i) => {
      this.#members.set(i, [i]);
      for (const output of outputs) this.#makers.set(output, i);
      if (!rules.fusable(instructions[i]!)) return;
      for (const input of inputs) {
        const maker = this.#makers.get(input);
        if (
          maker === undefined ||
          !rules.fusable(instructions[maker]!) ||
          !rules.joins(instructions[maker]!, instructions[i]!)
        )
          continue;
        this.#join(maker, i);
      }
    });
  }

  /** The groups, each after those whose results it uses; members in their order. */
  inOrder(): Instruction[][] {
    const waits = new Map<number, Set<number>>();
    const followers = new Map<number, number[]>();
    for (const [group, members] of this.#members) {
      const before = new Set(this.#before(members));
      before.delete(group);
      waits.set(group, before);
      for (const other of before) followers.set(other, [...(followers.get(other) ?? []), group]);
    }
    const ready = [...waits].filter(([, before]) => before.size === 0).map(([group]) => group);
    const last = (group: number): number => this.#members.get(group)!.at(-1)!;
    ready.sort((a, b) => last(b) - last(a));
    const order: Instruction[][] = [];
    for (let group = ready.pop(); group !== undefined; group = ready.pop()) {
      order.push(this.#members.get(group)!.map((i) => this.#instructions[i]!));
      for (const next of followers.get(group) ?? []) {
        const before = waits.get(next)!;
        before.delete(group);
        if (before.size > 0) continue;
        const place = ready.findLastIndex((other) => last(other) > last(next));
        ready.splice(place + 1, 0, next);
      }
    }
    return order;
  }

  /** Puts the groups of two instructions together, unless a third stands between them or the group grows too large. */
  #join(a: number, b: number): void {
    const [one, other] = [this.#group[a]!, this.#group[b]!];
    if (one === other) return;
    const members = [...this.#members.get(one)!, ...this.#members.get(other)!].sort((x, y) => x - y);
    if (members.length > largest || this.#leaves(members)) return;
    const name = members[0]!;
    this.#members.delete(one);
    this.#members.delete(other);
    this.#members.set(name, members);
    for (const member of members) this.#group[member] = name;
  }

  /** Groups whose results these instructions use. */
  #before(members: readonly number[]): number[] {
    return members.flatMap((i) =>
      this.#instructions[i]!.inputs.flatMap((input) => {
        const maker = this.#makers.get(input);
        return maker === undefined ? [] : [this.#group[maker]!];
      }),
    );
  }

  /** True when what the members use from outside depends on a member. */
  #leaves(members: readonly number[]): boolean {
    const inside = new Set(members.map((i) => this.#group[i]!));
    const first = members[0]!;
    const seen = new Set<number>();
    const open = this.#before(members).filter((group) => !inside.has(group));
    for (let group = open.pop(); group !== undefined; group = open.pop()) {
      if (seen.has(group)) continue;
      seen.add(group);
      const own = this.#members.get(group)!;
      // A group that ends before the first member cannot depend on one.
      if (own.at(-1)! < first) continue;
      for (const before of this.#before(own)) {
        if (inside.has(before)) return true;
        open.push(before);
      }
    }
    return false;
  }
}

const largest = 48;
