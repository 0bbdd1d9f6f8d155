import { promisify } from 'node:util';
import { zstdCompress, zstdCompressSync, zstdDecompress } from 'node:zlib';
import type { Payload, RawDocument } from '../domain/documents.ts';
import { messageOf, RejectedInput } from '../domain/errors.ts';

/** Of a payload. Nothing larger is stored, so nothing larger is ever decompressed. */
const maxPayloadBytes = 268_435_456;
/** Up to here, compressing at once is quicker than handing over to another thread. */
const synchronousBytes = 65_536;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/**
 * The payload as a document keeps it, uncompressed where compression does not make it smaller.
 * @throws RejectedInput `too_large` over 256 MiB
 */
export async function snapshotOf({ mediaType, bytes }: Payload): Promise<RawDocument['snapshot']> {
  if (bytes.length > maxPayloadBytes) {
    throw new RejectedInput(
      'too_large',
      `A payload has ${bytes.length} bytes; at most ${maxPayloadBytes} can be stored.`,
    );
  }
  // Told the size, zstd sets up tables for that size and no more: 37 µs instead of 94 for a page of 3 kB.
  const options = { pledgedSrcSize: bytes.length };
  const compressed =
    bytes.length <= synchronousBytes ? zstdCompressSync(bytes, options) : await compress(bytes, options);
  return compressed.length < bytes.length
    ? { mediaType, compression: 'zstd', bytes: compressed }
    : { mediaType, compression: 'none', bytes: new Uint8Array(bytes) };
}

/**
 * The payload exactly as it came.
 * @throws RejectedInput `damaged_snapshot` when it cannot be decompressed, or would have more than 256 MiB
 */
export async function payloadOf({ _id, snapshot }: Pick<RawDocument, '_id' | 'snapshot'>): Promise<Payload> {
  const { mediaType, compression, bytes } = snapshot;
  if (compression === 'none') {
    return { mediaType, bytes };
  }
  try {
    return { mediaType, bytes: await decompress(bytes, { maxOutputLength: maxPayloadBytes }) };
  } catch (cause) {
    throw new RejectedInput('damaged_snapshot', `The snapshot of ${_id} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}
