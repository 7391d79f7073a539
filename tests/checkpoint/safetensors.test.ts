import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { readSafetensors, writeSafetensors } from 'linen2nnx/checkpoint';
import '../../runtime/jax/start.js';
import { tensorSafe } from '../functional/tensor-safe.js';

/** A file with this header (an object, or text as it is) and these bytes of values. */
function fileOf(header: unknown, data: readonly number[] = []): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

describe('safetensors', () => {
  test('what is written is read again, names and notes included', () => {
    tensorSafe(() => {
      const tensors = {
        'params/Dense_0/kernel': tf.tensor2d([0, -0, Infinity, NaN, 1e-40, -1.5], [2, 3]),
        count: tf.scalar(-7, 'int32'),
        mask: tf.tensor1d([true, false], 'bool'),
        ['__proto__']: tf.ones([1]),
        empty: tf.zeros([0, 3]),
      };
      const { tensors: read, metadata } = readSafetensors(writeSafetensors(tensors, { format: 'pt' }));
      expect(metadata).toEqual({ format: 'pt' });
      expect(Object.keys(read)).toEqual(Object.keys(tensors));
      for (const [name, tensor] of Object.entries(tensors)) {
        expect([read[name]!.dtype, read[name]!.shape]).toEqual([tensor.dtype, tensor.shape]);
        expect(read[name]!.dataSync()).toEqual(tensor.dataSync());
      }
    });
  });

  test('a file of the reference implementation', () => {
    // safetensors 0.8.0 (Python): save({"a": np.array([1, 2], np.float16), "b": np.array([300], np.int64)}, {"by": "x"})
    const hex =
      '88000000000000007b225f5f6d657461646174615f5f223a7b226279223a2278227d2c2262223a7b226474797065223a22493634222c227368' +
      '617065223a5b315d2c22646174615f6f666673657473223a5b302c385d7d2c2261223a7b226474797065223a22463136222c22736861706522' +
      '3a5b325d2c22646174615f6f666673657473223a5b382c31325d7d7d20202c01000000000000003c0040';
    tensorSafe(() => {
      const { tensors, metadata } = readSafetensors(Uint8Array.from(Buffer.from(hex, 'hex')));
      expect(tensors['b']!.dataSync()).toEqual(Int32Array.of(300));
      expect(tensors['a']!.dataSync()).toEqual(Float32Array.of(1, 2));
      expect(metadata).toEqual({ by: 'x' });
    });
  });

  test.each<[string, number, number]>([
    ['F16', 0x3555, 0.333251953125],
    ['F16', 0x0001, 2 ** -24],
    ['F16', 0xfc00, -Infinity],
    ['F16', 0x7bff, 65504],
    ['BF16', 0x3f80, 1],
    ['BF16', 0xc2f7, -123.5],
  ])('%s %i is %d', (dtype, bits, value) => {
    tensorSafe(() => {
      const { tensors } = readSafetensors(
        fileOf({ x: { dtype, shape: [], data_offsets: [0, 2] } }, [bits & 0xff, bits >> 8]),
      );
      expect(tensors['x']!.dataSync()[0]).toBe(value);
    });
  });

  const f32 = (shape: unknown, offsets: unknown) => ({ dtype: 'F32', shape, data_offsets: offsets });
  test.each<[string, Uint8Array, RegExp]>([
    ['too short', new Uint8Array(7), /at least 8 bytes, got 7/],
    [
      'a header longer than the file',
      Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255),
      /a header within the file/,
    ],
    ['no JSON', fileOf('{"a":'), /a JSON header/],
    ['no object', fileOf('[]'), /a JSON object/],
    ['not UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe), /a JSON header/],
    [
      'an unknown dtype',
      fileOf({ a: { dtype: 'F8', shape: [], data_offsets: [0, 1] } }, [0]),
      /a dtype among .* got "F8"/,
    ],
    [
      'a dtype of the prototype',
      fileOf({ a: { dtype: 'constructor', shape: [], data_offsets: [0, 1] } }, [0]),
      /a dtype among/,
    ],
    ['a negative size', fileOf({ a: f32([-1], [0, 4]) }, [0, 0, 0, 0]), /a shape of integers/],
    ['a size beyond integers', fileOf({ a: f32([1e300], [0, 4]) }, [0, 0, 0, 0]), /a shape of integers/],
    ['a product that overflows', fileOf({ a: f32([2 ** 31, 2 ** 31, 2 ** 31], [0, 0]) }), /bytes for 'a', got 0/],
    ['too few bytes', fileOf({ a: f32([2], [0, 4]) }, [0, 0, 0, 0]), /8 bytes for 'a', got 4/],
    ['offsets beyond the file', fileOf({ a: f32([2], [0, 8]) }, [0, 0, 0, 0]), /8 bytes of values, got 4/],
    ['offsets backwards', fileOf({ a: f32([1], [4, 0]) }), /data_offsets \[begin, end\]/],
    ['an overlap', fileOf({ a: f32([1], [0, 4]), b: f32([1], [0, 4]) }, [0, 0, 0, 0]), /'b' to start at byte 4/],
    ['a hole', fileOf({ a: f32([1], [4, 8]) }, [0, 0, 0, 0, 0, 0, 0, 0]), /'a' to start at byte 0/],
    ['bytes left over', fileOf({ a: f32([1], [0, 4]) }, [0, 0, 0, 0, 0]), /4 bytes of values, got 5/],
    ['notes that are no text', fileOf({ __metadata__: { a: 1 } }), /text by name/],
    [
      'an int64 too large',
      fileOf({ a: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, [0, 0, 0, 0, 1, 0, 0, 0]),
      /32-bit integers for 'a', got 4294967296/,
    ],
  ])('refuses %s', (_name, file, message) => {
    tensorSafe(() => expect(() => readSafetensors(file)).toThrow(message));
  });

  test('never reads beyond a file: any change of bytes is read or refused with a message', () => {
    const given = { a: tf.tensor1d([1, 2]), b: tf.scalar(1, 'int32') };
    const good = writeSafetensors(given);
    tf.dispose(given);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const file = good.slice(0, length);
        if (at < file.length) file[at] = byte;
        tf.tidy(() => {
          try {
            readSafetensors(file);
          } catch (error) {
            expect((error as Error).message).toMatch(/^readSafetensors: expected/);
          }
        });
      }),
      { numRuns: 300 },
    );
  });
});
