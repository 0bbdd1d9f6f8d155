import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { RejectedInput } from '../../runtime/domain/errors.ts';
import { snapshotOf } from '../../runtime/odm/snapshot.ts';

describe('A snapshot', () => {
  test('holds the payload byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), fc.nat(5_000), async (piece, repeats) => {
        const bytes = new Uint8Array(Buffer.concat(Array.from({ length: repeats % 200 }, () => piece)));
        const snapshot = await snapshotOf({ mediaType: 'text/html', bytes });
        assert.ok(snapshot.bytes.length <= bytes.length);
        const held = snapshot.compression === 'zstd' ? zstdDecompressSync(snapshot.bytes) : snapshot.bytes;
        assert.equal(Buffer.compare(held, bytes), 0);
        assert.equal(snapshot.mediaType, 'text/html');
      }),
      { numRuns: 60 },
    );
  });

  test('is compressed where that makes it smaller, and only there', async () => {
    const page = await snapshotOf({ mediaType: 'text/html', bytes: Buffer.from('<p>again</p>'.repeat(20_000)) });
    assert.equal(page.compression, 'zstd');
    assert.ok(page.bytes.length < 2_000);
    const noise = await snapshotOf({ mediaType: 'application/zip', bytes: randomBytes(10_000) });
    assert.equal(noise.compression, 'none');
    assert.equal(noise.bytes.length, 10_000);
  });

  test('of more than 256 MiB is not made', async () => {
    const payload = { mediaType: 'text/plain', bytes: new Uint8Array(268_435_457) };
    await assert.rejects(
      snapshotOf(payload),
      (error) => error instanceof RejectedInput && error.reason === 'too_large',
    );
  });
});
