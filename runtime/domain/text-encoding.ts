import { Buffer, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { analyse } from 'chardet';

/** As far as git looks for a NUL byte to tell a binary file (`buffer_is_binary` in its xdiff-interface.c). */
const binarySample = 8_000;
const controlShare = 0.1;
const detectionSample = 64 * 1024;
/** Of 100. Below it chardet is guessing, and Windows-1252 is the likelier guess. */
const trustedConfidence = 60;

const byteOrderMarks: readonly { readonly bytes: readonly number[]; readonly encoding: string }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
];

function markedEncoding(bytes: Uint8Array): string | undefined {
  return byteOrderMarks.find((mark) => mark.bytes.every((byte, index) => bytes[index] === byte))?.encoding;
}

/** Whether this is no text in any encoding that `decodeText` knows. The beginning of the content is enough to tell. */
export function looksBinary(bytes: Uint8Array): boolean {
  if (markedEncoding(bytes) !== undefined) {
    return false;
  }
  const sample = bytes.subarray(0, binarySample);
  let controls = 0;
  for (const byte of sample) {
    if (byte === 0) {
      return true;
    }
    // Tab, line feed, vertical tab, form feed, carriage return, backspace and escape occur in texts.
    if (byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b) {
      controls += 1;
    }
  }
  return controls > sample.length * controlShare;
}

/**
 * Over bytes as Latin-1, what is not ASCII: a well-formed sequence (the syntax of RFC 3629, section 4), or else, in the
 * group, a broken one with all continuation bytes that follow it.
 */
const utf8Sequence =
  /[\xc2-\xdf][\x80-\xbf]|(?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2}|([\x80-\xbf]|[\xc0-\xff][\x80-\xbf]*)/g;

/** Whether well-formed sequences are there and not outnumbered: then it is UTF-8 with a few broken places. */
function isMostlyUtf8(bytes: Uint8Array): boolean {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  let intact = 0;
  let broken = 0;
  for (const [, brokenSequence] of latin1.matchAll(utf8Sequence)) {
    if (brokenSequence === undefined) {
      intact += 1;
    } else {
      broken += 1;
    }
  }
  return intact > 0 && intact >= broken;
}

function detectLegacyEncoding(bytes: Uint8Array): string {
  const first = bytes.findIndex((byte) => byte > 0x7f);
  const start = Math.max(0, first - 1024);
  const best = analyse(bytes.subarray(start, start + detectionSample)).find(({ name }) => !name.startsWith('UTF-'));
  return best !== undefined && best.confidence >= trustedConfidence ? best.name : 'windows-1252';
}

function decoderOf(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Text of unknown encoding: by its byte order mark, else as UTF-8 when it is valid or has at least as many valid
 * sequences as broken ones, which become U+FFFD, else as `declared` (a WHATWG label) or what its bytes look like, and failing all as Windows-1252.
 * Never fails. The mark is left out, and NUL becomes U+FFFD, which every store and parser can hold.
 */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  return decode(bytes, declared).replaceAll('\0', '\ufffd');
}

function decode(bytes: Uint8Array, declared: string | undefined): string {
  const marked = markedEncoding(bytes);
  if (marked !== undefined) {
    return new TextDecoder(marked).decode(bytes);
  }
  if (isUtf8(bytes) || isMostlyUtf8(bytes)) {
    return new TextDecoder().decode(bytes);
  }
  const decoder = (declared === undefined ? undefined : decoderOf(declared)) ?? decoderOf(detectLegacyEncoding(bytes));
  return (decoder ?? new TextDecoder('windows-1252')).decode(bytes);
}
