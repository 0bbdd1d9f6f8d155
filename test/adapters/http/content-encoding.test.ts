import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { decodeContent } from '../../../runtime/adapters/http/content-encoding.ts';
import { RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';

const plain = Buffer.from('All that is written stays. '.repeat(2000));
const encoders: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
};
const variants = [...Object.entries(encoders), ['deflate', zlib.deflateRawSync] as const];

test('every known encoding is undone, deflate with and without its header', async () => {
  for (const [encoding, encode] of variants) {
    assert.deepEqual(Buffer.from(await decodeContent(encode(plain), encoding, 1e6)), plain, encoding);
  }
  assert.deepEqual(await decodeContent(plain, '', 1e6), plain);
  assert.deepEqual(await decodeContent(plain, 'identity', 1e6), plain);
});

test('several encodings are undone from the last to the first, however they are written', async () => {
  const stacked = zlib.brotliCompressSync(zlib.gzipSync(plain));
  assert.deepEqual(Buffer.from(await decodeContent(stacked, ' GZIP,identity , Br', 1e6)), plain);
});

test('an empty body is empty in every encoding', async () => {
  for (const encoding of Object.keys(encoders)) {
    assert.equal((await decodeContent(new Uint8Array(), encoding, 1e6)).length, 0, encoding);
  }
});

test('data that ends too early may be complete the next time', async () => {
  for (const [encoding, encode] of variants) {
    const encoded = encode(plain);
    await assert.rejects(
      decodeContent(encoded.subarray(0, encoded.length - 1), encoding, 1e6),
      TransientError,
      encoding,
    );
    await assert.rejects(decodeContent(encoded.subarray(0, 2), encoding, 1e6), TransientError, encoding);
  }
});

test('no step makes more than the limit, and exactly the limit is fine', async () => {
  for (const [encoding, encode] of variants) {
    const encoded = encode(plain);
    assert.equal((await decodeContent(encoded, encoding, plain.length)).length, plain.length, encoding);
    await assert.rejects(
      decodeContent(encoded, encoding, plain.length - 1),
      { reason: 'too_large', message: /it is larger than 53,999 bytes/ },
      encoding,
    );
  }
  // Two steps, of which only the inner one is large.
  const twice = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(50_000_000)));
  assert(twice.length < 1000);
  await assert.rejects(decodeContent(twice, 'gzip, gzip', 20_000), { reason: 'too_large' });
});

test('unknown encodings, too many of them, and data of another kind are bad responses', async () => {
  for (const encoding of ['compress', 'gzip, rot13', '__proto__', 'constructor', 'gzip,'.repeat(5)]) {
    await assert.rejects(decodeContent(plain, encoding, 1e6), { reason: 'bad_response' }, encoding);
  }
  for (const encoding of Object.keys(encoders)) {
    await assert.rejects(decodeContent(plain, encoding, 1e6), { reason: 'bad_response' }, encoding);
  }
  const large = Buffer.alloc(16 * 1024 * 1024);
  const largeWindow = zlib.zstdCompressSync(large, { params: { [zlib.constants.ZSTD_c_windowLog]: 24 } });
  await assert.rejects(decodeContent(largeWindow, 'zstd', large.length), { reason: 'bad_response' });
});

test('no bytes make it fail in another way, or give more than the limit', async () => {
  const encoding = fc.oneof(fc.constantFrom(...Object.keys(encoders)), fc.string());
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), encoding, async (bytes, name) => {
      try {
        assert((await decodeContent(bytes, name, 100)).length <= 100);
      } catch (error) {
        assert(error instanceof RejectedInput || error instanceof TransientError, String(error));
      }
    }),
  );
});
