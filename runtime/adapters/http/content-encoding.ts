import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { RejectedInput, TransientError } from '../../domain/errors.ts';

/** What to send as `Accept-Encoding`. */
export const acceptedEncodings = 'gzip, deflate, br, zstd';

/** A list of encodings longer than this is an attack, not a page. */
const maxEncodings = 4;

const gunzip = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.gunzip);
const inflate = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.inflate);
const inflateRaw = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.inflateRaw);
const brotliDecompress = promisify<Uint8Array, zlib.BrotliOptions, Uint8Array>(zlib.brotliDecompress);
const zstdDecompress = promisify<Uint8Array, zlib.ZstdOptions, Uint8Array>(zlib.zstdDecompress);

type Decoder = (bytes: Uint8Array, limit: { readonly maxOutputLength: number }) => Promise<Uint8Array>;

const decoders: Readonly<Record<string, Decoder>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: (bytes, limit) => (hasZlibHeader(bytes) ? inflate(bytes, limit) : inflateRaw(bytes, limit)),
  br: brotliDecompress,
  // RFC 9659: on the web, a window has at most 8 MiB.
  zstd: (bytes, limit) => zstdDecompress(bytes, { ...limit, params: { [zlib.constants.ZSTD_d_windowLogMax]: 23 } }),
};

/**
 * Undoes every encoding of a `Content-Encoding` header, the last one first. No step makes more than `maxBytes`, however
 * well it was compressed.
 * @throws RejectedInput `too_large`; `bad_response` when an encoding is unknown or the data is not in it
 * @throws TransientError when the data ends too early
 */
export async function decodeContent(
  encoded: Uint8Array,
  contentEncoding: string,
  maxBytes: number,
): Promise<Uint8Array> {
  const encodings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (encodings.length > maxEncodings) {
    throw new RejectedInput(
      'bad_response',
      `it is encoded ${encodings.length} times over; at most ${maxEncodings} are accepted`,
    );
  }
  let bytes = encoded;
  for (const encoding of encodings.reverse()) {
    // Some servers declare an encoding and then send nothing at all.
    if (bytes.length === 0) {
      return bytes;
    }
    bytes = await decodeOnce(bytes, encoding, maxBytes);
  }
  return bytes;
}

async function decodeOnce(bytes: Uint8Array, encoding: string, maxBytes: number): Promise<Uint8Array> {
  const decoder = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (decoder === undefined) {
    throw new RejectedInput(
      'bad_response',
      `its content encoding ${JSON.stringify(encoding)} is not known; accepted are ${acceptedEncodings}`,
    );
  }
  try {
    return await decoder(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(maxBytes, cause);
    }
    if (code === 'Z_BUF_ERROR') {
      throw new TransientError(`its ${encoding} data ends too early`, { cause });
    }
    throw new RejectedInput('bad_response', `its body is not valid ${encoding} data`, { cause });
  }
}

export function tooLarge(maxBytes: number, cause?: unknown): RejectedInput {
  return new RejectedInput(
    'too_large',
    `it is larger than ${maxBytes.toLocaleString('en')} bytes, the most that is read`,
    {
      cause,
    },
  );
}

/** RFC 1950, section 2.2. What many servers call deflate has no header at all (RFC 1951). */
function hasZlibHeader(bytes: Uint8Array): boolean {
  const [method = 0, flags = 0] = bytes;
  return (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
}
