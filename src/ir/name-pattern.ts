/** Names that hold a turn of a loop: `layers_{i}`, `Dense_{i+1}`, `Conv_{2*i+1}`. */

const place = /\{(?:(\d+)\*)?i(?:\+(\d+))?\}/g;

export interface TurnPlace {
  readonly step: number;
  readonly offset: number;
}

/** `{2*i+1}`: turn 0 is 1, turn 1 is 3. */
export function turnPlace({ step, offset }: TurnPlace): string {
  return `{${step === 1 ? '' : `${step}*`}i${offset === 0 ? '' : `+${offset}`}}`;
}

export function hasTurn(pattern: string): boolean {
  return pattern.search(place) >= 0;
}

/** How many turns of loops a name holds. */
export function turnCount(pattern: string): number {
  return pattern.match(place)?.length ?? 0;
}

/** The turns that a name stands for, in order; null where it is another name. */
export function turnsOf(pattern: string, name: string): readonly number[] | null {
  const places: TurnPlace[] = [];
  const source = pattern
    .split(/(\{(?:\d+\*)?i(?:\+\d+)?\})/)
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      place.lastIndex = 0;
      const found = place.exec(part);
      places.push({ step: Number(found?.[1] ?? 1), offset: Number(found?.[2] ?? 0) });
      return '(\\d+)';
    })
    .join('');
  const match = new RegExp(`^${source}$`).exec(name);
  if (match === null) return null;
  const turns = match.slice(1).map((text, index) => {
    const { step, offset } = places[index] ?? { step: 1, offset: 0 };
    return (Number(text) - offset) / step;
  });
  return turns.every((each) => Number.isInteger(each) && each >= 0) ? turns : null;
}

/** The name at these turns; takes as many from the front as it has places. */
export function nameAt(pattern: string, turns: number[]): string {
  return pattern.replace(place, (_, step: string | undefined, offset: string | undefined) =>
    String((turns.shift() ?? 0) * Number(step ?? 1) + Number(offset ?? 0)),
  );
}
