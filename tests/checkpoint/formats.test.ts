import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Checkpoint,
  decodeFlaxMsgpack,
  decodeNpz,
  decodeSafetensors,
  decodeTfjsWeights,
  encodeFlaxMsgpack,
  encodeNpz,
  encodeSafetensors,
  encodeTfjsWeights,
} from 'linen2nnx/checkpoint';
import { numbersOf } from '../../runtime/checkpoint/dtypes.js';
import { Extension, pack, type Packed, unpack } from '../../runtime/checkpoint/msgpack.js';
import { zip } from '../../runtime/checkpoint/zip.js';

const recorded = JSON.parse(readFileSync(join('fixtures', 'flax', 'checkpoints.json'), 'utf8')) as {
  readonly files: { readonly [name: string]: string };
};
const file = (name: string): Uint8Array => Uint8Array.from(Buffer.from(recorded.files[name]!, 'hex'));
const numbers = (checkpoint: Checkpoint, name: string) => {
  const { dtype, shape, ...tensor } = checkpoint.tensors.get(name)!;
  return [dtype, shape, numbersOf({ dtype, ...tensor })];
};

describe('files of the reference implementations', () => {
  test('variables of Flax', () => {
    const read = decodeFlaxMsgpack(file('variables'));
    expect(numbers(read, 'params/Dense_0/kernel')).toEqual(['F32', [2, 3], [0, 0.25, 0.5, 0.75, 1, 1.25]]);
    expect(numbers(read, 'params/half')).toEqual(['BF16', [2], [1.5, -2]]);
    expect([...read.tensors.keys()]).toContain('batch_stats/BatchNorm_0/var');
    expect(encodeFlaxMsgpack(read)).toEqual(file('variables'));
  });

  test('a train state of Flax: arrays, and what is none', () => {
    const read = decodeFlaxMsgpack(file('train_state'));
    expect([...read.tensors.keys()].sort()).toEqual([
      'opt_state/0/count',
      'opt_state/0/mu/Dense_0/bias',
      'opt_state/0/mu/Dense_0/kernel',
      'opt_state/0/nu/Dense_0/bias',
      'opt_state/0/nu/Dense_0/kernel',
      'params/Dense_0/bias',
      'params/Dense_0/kernel',
    ]);
    expect(read.values.get('step')).toBe(1);
    expect(read.values.get('opt_state/1')).toEqual({});
    const again = decodeFlaxMsgpack(encodeFlaxMsgpack(read));
    expect(again).toEqual(read);
    expect(decodeSafetensors(encodeSafetensors(read))).toEqual(read);
  });

  test('an array in parts', () => {
    expect(numbers(decodeFlaxMsgpack(file('chunked')), 'large')).toEqual(['F32', [3, 4], [...Array(12).keys()]]);
  });

  test.each(['npz', 'npz_deflated'])('%s of NumPy: order of axes and of bytes', async (name) => {
    const read = await decodeNpz(file(name));
    expect(numbers(read, 'params/Dense_0/kernel')).toEqual(['F32', [2, 3], [0, 0.25, 0.5, 0.75, 1, 1.25]]);
    expect(numbers(read, 'fortran')).toEqual(['I16', [2, 3], [0, 1, 2, 3, 4, 5]]);
    expect(numbers(read, 'big')).toEqual(['I32', [2], [1, 256]]);
    expect(numbers(read, 'mask')).toEqual(['BOOL', [2], [1, 0]]);
    expect(numbers(read, 'scalar')).toEqual(['F64', [], [0.1]]);
    expect(await decodeNpz(encodeNpz(read))).toEqual(read);
  });

  test('safetensors keep dtypes that TensorFlow.js lacks', () => {
    const read = decodeSafetensors(file('safetensors'));
    expect(numbers(read, 'b')).toEqual(['F64', [1], [1.5]]);
    expect(read.metadata).toEqual({ by: 'x' });
    expect(decodeSafetensors(encodeSafetensors(read))).toEqual(read);
  });
});

const some: Checkpoint = {
  tensors: new Map([
    ['a/b', { dtype: 'F32', shape: [2], bytes: Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64) }],
    ['a/c', { dtype: 'BOOL', shape: [], bytes: Uint8Array.of(1) }],
    ['none', { dtype: 'I32', shape: [0, 3], bytes: new Uint8Array(0) }],
  ]),
  values: new Map<string, number | object>([
    ['step', 5],
    ['empty', {}],
  ]) as Checkpoint['values'],
  metadata: { by: 'x' },
};

describe('what is written is read again', () => {
  test('npz, safetensors and TensorFlow.js, with values and notes', async () => {
    expect(decodeSafetensors(encodeSafetensors(some))).toEqual(some);
    expect(await decodeNpz(encodeNpz(some))).toEqual(some);
    const { text, bytes } = encodeTfjsWeights(some, 'w.bin');
    const read = await decodeTfjsWeights(text, (path) => {
      expect(path).toBe('w.bin');
      return bytes;
    });
    expect(read).toEqual(some);
  });

  test('what a format has no place for is refused when it is written', () => {
    expect(() => encodeFlaxMsgpack(some)).toThrow(/without notes, got 'by'/);
    const half = {
      ...some,
      tensors: new Map([['a', { dtype: 'BF16' as const, shape: [1], bytes: Uint8Array.of(0, 0) }]]),
    };
    expect(() => encodeNpz(half)).toThrow(/'a', got BF16/);
    expect(() => encodeTfjsWeights(half, 'w.bin')).toThrow(/'a', got BF16/);
    const nested = new Map([...some.tensors, ['a', some.tensors.get('none')!] as const]);
    expect(() => encodeFlaxMsgpack({ ...some, metadata: {}, tensors: nested })).toThrow(/'a' twice/);
    const infinite = { ...some, values: new Map([['lr', Infinity]]) };
    expect(() => encodeSafetensors(infinite)).toThrow(/finite numbers/);
  });

  test('any value of MessagePack', () => {
    const leaf = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: 2n ** 60n, max: 2n ** 64n - 1n }),
      fc.double(),
      fc.string({ maxLength: 400 }),
      fc.uint8Array({ maxLength: 400 }),
    );
    const { tree } = fc.letrec<{ tree: Packed }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('tree'), { maxLength: 20 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 20 }).map((each) => new Map(Object.entries(each))),
      ),
    }));
    const fail = (expected: string) => new Error(expected);
    fc.assert(
      fc.property(tree, (value) => expect(unpack(pack(value), fail)).toEqual(value)),
      { numRuns: 300 },
    );
  });
});

const arrayOf = (...parts: Packed[]) => new Extension(1, pack(parts));
const packedFile = (value: Packed) => pack(new Map([['a', value]]));

describe('hostile files', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /1 bytes at 0, got 0/],
    ['no map', pack(3), /a map of names/],
    ['a count beyond the file', Uint8Array.of(0xdf, 255, 255, 255, 255), /4294967295 elements at 5, got 0 bytes/],
    ['a text beyond the file', Uint8Array.of(0x81, 0xdb, 255, 255, 255, 255), /4294967295 bytes at 6, got 0/],
    ['no UTF-8', Uint8Array.of(0x81, 0xa1, 0xff, 0x01), /UTF-8 text/],
    ['a key twice', Uint8Array.of(0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2), /each key once, got 'a'/],
    ['bytes left over', Uint8Array.of(0x80, 0), /the end at byte 1, got 1 bytes more/],
    ['an unused tag', Uint8Array.of(0x81, 0xa1, 0x61, 0xc1), /got byte 0xc1/],
    ['levels without end', new Uint8Array(3000).fill(0x91), /a map of names|at most 256 levels/],
    ['a name with a slash', pack(new Map([['a/b', 1]])), /names without '\/'/],
    ['an unknown extension', packedFile(new Extension(2, pack([1, 2]))), /extension 1 or 3.* got 2/],
    ['an unknown dtype', packedFile(arrayOf([1], 'object', Uint8Array.of(0))), /a dtype of NumPy.*got "object"/],
    ['a negative size', packedFile(arrayOf([-1], 'int8', Uint8Array.of(0))), /a shape of integers/],
    [
      'a product that overflows',
      packedFile(arrayOf([2 ** 31, 2 ** 31, 2 ** 31], 'int8', new Uint8Array(0))),
      /bytes for 'a', got 0/,
    ],
    ['too few bytes', packedFile(arrayOf([2], 'float32', new Uint8Array(4))), /8 bytes for 'a', got 4/],
    ['damage inside an array', packedFile(new Extension(1, Uint8Array.of(0x93))), /within the array 'a'/],
    ['bytes as a value', packedFile(Uint8Array.of(1)), /at 'a', got another value/],
  ])('msgpack: %s', (_name, bytes, message) => {
    expect(() => decodeFlaxMsgpack(bytes)).toThrow(message);
    expect(() => decodeFlaxMsgpack(bytes)).toThrow(/^readFlaxMsgpack: expected/);
  });

  const npy = (header: string, data: readonly number[] = []) => {
    const text = new TextEncoder().encode(header);
    return Uint8Array.of(
      0x93,
      0x4e,
      0x55,
      0x4d,
      0x50,
      0x59,
      1,
      0,
      text.length & 255,
      text.length >> 8,
      ...text,
      ...data,
    );
  };
  const describe4 = (shape: string, descr = '<f4') =>
    `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const archive = (bytes: Uint8Array) => zip(new Map([['a.npy', bytes]]));
  const changed = (bytes: Uint8Array, at: number, value: number) => bytes.map((byte, i) => (i === at ? value : byte));
  const good = archive(npy(describe4('1,'), [0, 0, 0, 0]));
  const directory = good.length - 22 - 46 - 'a.npy'.length;
  test.each<[string, Uint8Array, RegExp]>([
    ['no archive', Uint8Array.of(0x50, 0x4b, 3, 4), /the directory of a ZIP archive/],
    ['a directory beyond the file', changed(good, good.length - 4, 0xff), /entry 0 of the directory/],
    ['an entry beyond the file', changed(good, directory + 45, 0x7f), /'a.npy' at byte/],
    ['a password', changed(good, directory + 8, 1), /without a password/],
    ['a size that no bytes yield', changed(good, directory + 27, 0x7f), /a size that \d+ bytes can have/],
    [
      'other deflated bytes',
      changed(good, directory + 10, 8),
      /deflated bytes for 'a.npy', got others|got more|bytes for/,
    ],
    ['another checksum', changed(good, directory + 16, (good[directory + 16]! + 1) & 255), /the checksum/],
    ['an entry that is no array', zip(new Map([['a.txt', Uint8Array.of(1)]])), /entries named .npy, got 'a.txt'/],
    [
      'pickled objects',
      archive(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", [0])),
      /numbers or truth values/,
    ],
    ['a header beyond the file', archive(npy('x').slice(0, 10)), /no|an array of NumPy|a header/],
    ['too few bytes', archive(npy(describe4('2,'), [0, 0, 0, 0])), /8 bytes for 'a', got 4/],
    ['a size that is none', archive(npy(describe4('99999999999999999999,'))), /a shape of integers/],
  ])('npz: %s', async (_name, bytes, message) => {
    await expect(decodeNpz(bytes)).rejects.toThrow(message);
    await expect(decodeNpz(bytes)).rejects.toThrow(/^readNpz: expected/);
  });

  const weight = { name: 'a', dtype: 'float32', shape: [1] };
  const manifest = (paths: unknown, weights: unknown) => JSON.stringify({ weightsManifest: [{ paths, weights }] });
  test.each<[string, string, RegExp]>([
    ['no JSON', '{', /JSON, got/],
    ['no manifest', '{}', /a weightsManifest, got none/],
    ['a path out of the folder', manifest(['../secret'], [weight]), /files beside the JSON file, got "..\/secret"/],
    ['a path from the root', manifest(['/etc/passwd'], [weight]), /files beside the JSON file/],
    ['an address', manifest(['https://example.org/a'], [weight]), /files beside the JSON file/],
    ['too few bytes', manifest(['w'], [weight, { ...weight, name: 'b' }]), /8 bytes in w for 'b', got 4/],
    ['bytes left over', manifest(['w'], []), /0 bytes in w, got 4/],
    ['a name twice', manifest(['w', 'w'], [weight, weight]), /each name once/],
    ['a dtype of the prototype', manifest(['w'], [{ ...weight, dtype: 'constructor' }]), /a dtype among/],
    ['quantised weights', manifest(['w'], [{ ...weight, quantization: { dtype: 'uint8' } }]), /not quantised/],
  ])('TensorFlow.js: %s', async (_name, text, message) => {
    await expect(decodeTfjsWeights(text, () => new Uint8Array(4))).rejects.toThrow(message);
    await expect(decodeTfjsWeights(text, () => new Uint8Array(4))).rejects.toThrow(/^readTfjsWeights: expected/);
  });

  test('any change of bytes is read or refused with a message', async () => {
    const cases = [file('train_state'), file('npz_deflated'), file('chunked')];
    const sample = fc.tuple(fc.nat(cases.length - 1), fc.nat(5000), fc.nat(255), fc.nat(5000));
    await fc.assert(
      fc.asyncProperty(sample, async ([which, at, byte, length]) => {
        const bytes = cases[which]!.slice(0, Math.max(cases[which]!.length - (length > 2500 ? 0 : length), 0));
        if (at < bytes.length) bytes[at] = byte;
        const reading = async () => (which === 1 ? await decodeNpz(bytes) : decodeFlaxMsgpack(bytes));
        await reading().catch((error: unknown) => {
          expect((error as Error).message).toMatch(/^read(FlaxMsgpack|Npz): expected/);
        });
      }),
      { numRuns: 600 },
    );
  });
});
