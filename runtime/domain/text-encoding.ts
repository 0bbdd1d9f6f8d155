import { isUtf8 } from 'node:buffer';
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

/** Whether more of what is not ASCII reads as UTF-8 than does not: then it is UTF-8 with a few broken places. */
function isMostlyUtf8(decoded: string): boolean {
  let intact = 0;
  let broken = 0;
  for (let index = 0; index < decoded.length; index += 1) {
    const unit = decoded.charCodeAt(index);
    if (unit === 0xfffd) {
      broken += 1;
    } else if (unit > 0x7f) {
      intact += 1;
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
 * Text of unknown encoding: by its byte order mark, else as UTF-8 when it is valid or nearly so (broken places become
 * U+FFFD), else as `declared` (a WHATWG label) or what its bytes look like, and failing all as Windows-1252.
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
  const utf8 = new TextDecoder().decode(bytes);
  if (isUtf8(bytes) || isMostlyUtf8(utf8)) {
    return utf8;
  }
  const decoder = (declared === undefined ? undefined : decoderOf(declared)) ?? decoderOf(detectLegacyEncoding(bytes));
  return (decoder ?? new TextDecoder('windows-1252')).decode(bytes);
}
