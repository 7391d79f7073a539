/** Names of new constructor arguments, in the style of the class's own. */
import type { ModuleClass } from '../ir/project.js';
import type { InputAtom } from './atom.js';
import { inputKey } from './atom.js';
import type { Input, Summary } from './machine.js';

interface Style {
  /** Fields that show it. */
  readonly like: RegExp;
  /** The main input's last axis; how other names begin and end. */
  readonly whole: string;
  readonly prefix: string;
  readonly suffix: string;
}

const styles: readonly Style[] = [
  { like: /^d(in|out|mid|hid|hidden|model|inner|ff|k|v)$/, whole: 'din', prefix: 'in', suffix: 'Dim' },
  { like: /Features$|^features$/, whole: 'inFeatures', prefix: 'in', suffix: 'Features' },
  { like: /[dD]ims?$/, whole: 'inDim', prefix: 'in', suffix: 'Dim' },
  { like: /Size$|^size$/, whole: 'inputSize', prefix: 'input', suffix: 'Size' },
  { like: /[cC]hannels$/, whole: 'inChannels', prefix: 'in', suffix: 'Channels' },
  { like: /[wW]idths?$/, whole: 'inWidth', prefix: 'in', suffix: 'Width' },
];
const plain: Style = { like: /^/, whole: 'inFeatures', prefix: 'in', suffix: 'Features' };

/** The name an input's axis gets, before clashes are settled. */
export function argumentName(fields: readonly string[], atom: InputAtom, summary: Summary | null): string {
  const style = styles.find((each) => fields.some((field) => each.like.test(field) && !isDim(each, field))) ?? plain;
  const input = summary?.inputs.find((each) => each.key === inputKey(atom));
  const own = lastWord(input?.name ?? 'input');
  if (atom.axis === null) return own;
  const main = isMain(atom, summary);
  if (atom.axis === -1) return main ? style.whole : `${own}${style.suffix}`;
  return `${main ? style.prefix : own}${axisWord(atom.axis, input?.rank ?? null)}`;
}

/**
 * The data input: the first tensor parameter, or the second where the first is a carry. Its size becomes an argument
 * even when it happens to agree with a field.
 */
export function isMain(atom: InputAtom, summary: Summary | null): boolean {
  const [first, ...others] = summary?.inputs ?? [];
  if (first === undefined) return false;
  const next = others.find((each) => each.parameter !== first.parameter);
  const main = isCarry(first) && next !== undefined ? next : first;
  return inputKey(atom) === main.key;
}

/** Main input first, by axis; then the others in order. */
export function argumentOrder(atom: InputAtom, summary: Summary | null): number {
  const at = summary?.inputs.findIndex((each) => each.key === inputKey(atom)) ?? -1;
  const axis = atom.axis === null ? 50 : atom.axis < 0 ? 40 + atom.axis : atom.axis;
  return (isMain(atom, summary) ? 0 : 100 * (at < 0 ? 99 : at + 1)) + axis;
}

/** `last axis of x`, for docs. */
export function argumentMeaning(atom: InputAtom, summary: Summary | null): string {
  const name = summary?.inputs.find((each) => each.key === inputKey(atom))?.name ?? 'an argument';
  if (atom.axis === null) return `value of ${name}`;
  return `${atom.axis === -1 ? 'last axis' : `axis ${atom.axis}`} of ${name}`;
}

/** A name nobody else in the constructor has. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}${number}`;
  return free;
}

/** What a size carried around a loop is called. */
export function threadName(name: string, axis: number | null): string {
  if (axis === null) return name;
  const words: { readonly [axis: number]: string } = { [-1]: 'features', [-2]: 'width', [-3]: 'height' };
  return words[axis] ?? `${name}Axis${Math.abs(axis)}`;
}

export function constructorNames(from: ModuleClass): readonly string[] {
  return from.fields.map((field) => field.name);
}

/** Fields that may be sizes: they set the style. */
export function sizeFields(from: ModuleClass): readonly string[] {
  const isOther = (text: string | undefined): boolean => /^(boolean|string)$|^['"]/.test(text ?? '');
  return from.fields.filter((field) => !isOther(field.type?.text)).map((field) => field.name);
}

/** `dim` and `dims` look like the short style, and are the long one. */
function isDim(style: Style, field: string): boolean {
  return style.whole === 'din' && /dims?$/i.test(field);
}

function isCarry(input: Input): boolean {
  return /^(carry|state|hidden|h|c)(\.|$)/i.test(input.name);
}

function lastWord(name: string): string {
  return (
    name
      .split('.')
      .filter((part) => !/^\d+$/.test(part))
      .at(-1) ?? name
  );
}

function axisWord(axis: number, rank: number | null): string {
  const fromEnd = axis < 0 || rank === null ? axis : axis - rank;
  if (rank === 4) return { [-2]: 'Width', [-3]: 'Height', [-4]: 'Batch' }[fromEnd] ?? `Axis${axis}`;
  if (rank === 3) return { [-2]: 'Length', [-3]: 'Batch' }[fromEnd] ?? `Axis${axis}`;
  return fromEnd === -2 ? 'Length' : `Axis${Math.abs(axis)}`;
}
