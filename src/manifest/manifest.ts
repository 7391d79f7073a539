/** `linen2nnx.manifest.json`: read, merged, written. */
import type { ConvertedUnit } from '../ir/edit.js';
import type { AxisOperation, Manifest, ManifestEntry } from '../ir/manifest.js';
import type { SourcePath } from '../ir/source.js';
import { array, integer, nullable, object, oneOf, type Reading, startReading, text } from './reading.js';

export const emptyManifest: Manifest = { schemaVersion: 1, classes: [], collections: [] };

export type ParsedManifest = { readonly manifest: Manifest } | { readonly message: string };

/** A manifest's text, checked; the message names the first place that is wrong. */
export function parseManifest(source: string): ParsedManifest {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    return { message: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const reading = startReading();
  const manifest = readManifest(reading, value);
  return reading.problem === null ? { manifest } : { message: reading.problem };
}

/** Stable bytes: entries sorted, keys in the order of the schema, two spaces, a final newline. */
export function serialiseManifest(manifest: Manifest): string {
  return `${JSON.stringify(readManifest(startReading(), sorted(manifest)), null, 2)}\n`;
}

/** The old manifest with the classes of newly converted units added or replaced. */
export function mergeManifest(old: Manifest, units: readonly ConvertedUnit[]): Manifest {
  const entries = new Map(old.classes.map((each) => [each.class, each]));
  for (const each of units.flatMap((unit) => unit.manifest)) entries.set(each.class, each);
  const collections = new Map(old.collections.map((each) => [each.collection, each]));
  for (const each of units.flatMap((unit) => unit.modules).flatMap((module) => module.customVariables)) {
    collections.set(each.collection, each);
  }
  return sorted({ schemaVersion: 1, classes: [...entries.values()], collections: [...collections.values()] });
}

/** The manifest with the blob hashes of the new texts, by path; entries of other files stay. */
export function withBlobs(manifest: Manifest, blobs: { readonly [path: SourcePath]: string }): Manifest {
  const classes = manifest.classes.map((each): ManifestEntry => {
    const blob = blobs[each.nnx.source];
    return blob === undefined ? each : { ...each, nnx: { ...each.nnx, blob } };
  });
  return { ...manifest, classes };
}

function sorted(manifest: Manifest): Manifest {
  const by = <T>(key: (value: T) => string, values: readonly T[]): readonly T[] =>
    [...values].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  return {
    schemaVersion: 1,
    classes: by((each) => each.class, manifest.classes),
    collections: by((each) => each.collection, manifest.collections),
  };
}

function readManifest(reading: Reading, value: unknown): Manifest {
  return object(reading, value, '', (field) => ({
    schemaVersion: oneOf(reading, field('schemaVersion'), 'schemaVersion', [1] as const),
    classes: array(reading, field('classes'), 'classes', readEntry),
    collections: array(reading, field('collections'), 'collections', (inner, each, at) =>
      object(inner, each, at, (member) => ({
        collection: text(inner, member('collection'), `${at}.collection`),
        variable: text(inner, member('variable'), `${at}.variable`),
        source: text(inner, member('source'), `${at}.source`),
      })),
    ),
  }));
}

function readEntry(reading: Reading, value: unknown, at: string): ManifestEntry {
  const version = (member: unknown, place: string): ManifestEntry['linen'] =>
    object(reading, member, place, (inner) => ({
      source: text(reading, inner('source'), `${place}.source`),
      blob: text(reading, inner('blob'), `${place}.blob`),
    }));
  return object(reading, value, at, (field) => ({
    class: text(reading, field('class'), `${at}.class`),
    linen: version(field('linen'), `${at}.linen`),
    nnx: version(field('nnx'), `${at}.nnx`),
    newArguments: array(reading, field('newArguments'), `${at}.newArguments`, text),
    modules: array(reading, field('modules'), `${at}.modules`, (inner, each, place) =>
      object(inner, each, place, (member) => ({
        linen: text(inner, member('linen'), `${place}.linen`),
        nnx: text(inner, member('nnx'), `${place}.nnx`),
        target: text(inner, member('target'), `${place}.target`),
        axis: readAxis(inner, member('axis'), `${place}.axis`),
        sharing: nullable(inner, member('sharing'), `${place}.sharing`, text),
      })),
    ),
    variables: array(reading, field('variables'), `${at}.variables`, (inner, each, place) =>
      object(inner, each, place, (member) => ({
        collection: text(inner, member('collection'), `${place}.collection`),
        linen: text(inner, member('linen'), `${place}.linen`),
        nnx: text(inner, member('nnx'), `${place}.nnx`),
        variable: text(inner, member('variable'), `${place}.variable`),
        axis: readAxis(inner, member('axis'), `${place}.axis`),
        initialValue: nullable(inner, member('initialValue'), `${place}.initialValue`, text),
      })),
    ),
    streams: array(reading, field('streams'), `${at}.streams`, text),
  }));
}

function readAxis(reading: Reading, value: unknown, at: string): AxisOperation {
  return object(reading, value, at, (field): AxisOperation => {
    const op = oneOf(reading, field('op'), `${at}.op`, ['none', 'stack', 'unstack', 'move', 'concat'] as const);
    const axis = (name: string): number => integer(reading, field(name), `${at}.${name}`);
    if (op === 'none') return { op };
    if (op === 'move') return { op, from: axis('from'), to: axis('to') };
    if (op !== 'concat') return { op, axis: axis('axis') };
    return { op, axis: axis('axis'), parts: array(reading, field('parts'), `${at}.parts`, text) };
  });
}
