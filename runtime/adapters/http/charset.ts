import { isUtf8 } from 'node:buffer';
import { analyse } from 'chardet';
import { Parser } from 'htmlparser2';

/** Browsers are promised a declaration within 1,024 bytes; real pages put it later. */
const headBytes = 8192;

/** Enough to tell encodings apart, little enough to be quick. */
const sampleBytes = 16_384;

/** Of chardet's 0 to 100. Below it, guesses about short Western texts are wrong more often than windows-1252 is. */
const leastConfidence = 30;

/**
 * Decodes what a server sent, in the order of the HTML standard ("determining the character encoding"): byte order mark,
 * `charset` of the header, declaration in the document (`<meta>`, `<?xml encoding?>`), then by the bytes themselves: UTF-8 if
 * they are (nearly) that, else as detected, else windows-1252. Labels are those of the WHATWG Encoding Standard; unknown
 * ones are passed over. Never fails: what cannot be decoded becomes U+FFFD.
 */
export function decodeText(body: Uint8Array, contentType: string | undefined): string {
  const encoding =
    byteOrderMark(body) ??
    known(/;\s*charset\s*=\s*["']?([^\s;"']+)/i.exec(contentType ?? '')?.[1]) ??
    (declaresItself(contentType) ? declared(body) : undefined) ??
    detected(body);
  return new TextDecoder(encoding).decode(body);
}

function byteOrderMark([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    return 'utf-8';
  }
  if (first === 0xfe && second === 0xff) {
    return 'utf-16be';
  }
  return first === 0xff && second === 0xfe ? 'utf-16le' : undefined;
}

function known(label: string | undefined): string | undefined {
  try {
    return label === undefined ? undefined : new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}

/** HTML and XML do, and so may anything whose type was not sent. */
function declaresItself(contentType: string | undefined): boolean {
  return contentType === undefined || /html|xml|octet-stream/i.test(contentType);
}

function declared(body: Uint8Array): string | undefined {
  const [first, second, third, fourth] = body;
  if (first === 0x3c && second === 0 && third !== 0 && fourth === 0) {
    return 'utf-16le';
  }
  if (first === 0 && second === 0x3c && third === 0 && fourth !== 0) {
    return 'utf-16be';
  }
  const head = Buffer.from(body.subarray(0, headBytes)).toString('latin1');
  const encoding = known(/^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"'>]+)/.exec(head)?.[1]) ?? declaredByMeta(head);
  // Whoever could read the declaration as ASCII cannot be in UTF-16 (HTML standard, "prescan a byte stream").
  return encoding?.startsWith('utf-16') === true ? 'utf-8' : encoding;
}

function declaredByMeta(head: string): string | undefined {
  let encoding: string | undefined;
  const parser = new Parser({
    onopentag(name, attributes) {
      if (name === 'meta') {
        encoding ??= known(attributes['charset']) ?? known(charsetOfPragma(attributes));
      }
    },
  });
  parser.write(head);
  return encoding;
}

function charsetOfPragma(attributes: Readonly<Record<string, string>>): string | undefined {
  return attributes['http-equiv']?.trim().toLowerCase() === 'content-type'
    ? /charset\s*=\s*["']?([^\s;"']+)/i.exec(attributes['content'] ?? '')?.[1]
    : undefined;
}

function detected(body: Uint8Array): string {
  if (isUtf8(body)) {
    return 'utf-8';
  }
  const firstForeign = body.findIndex((byte) => byte >= 0x80);
  const sample = body.subarray(firstForeign, firstForeign + sampleBytes);
  if (isNearlyUtf8(sample)) {
    return 'utf-8';
  }
  const best = analyse(sample)[0];
  return (best !== undefined && best.confidence >= leastConfidence ? known(best.name) : undefined) ?? 'windows-1252';
}

/** At least as many well-formed sequences as broken ones, which in any other encoding would be an odd coincidence. */
function isNearlyUtf8(sample: Uint8Array): boolean {
  let wellFormed = 0;
  let broken = 0;
  for (const character of new TextDecoder('utf-8').decode(sample)) {
    if (character === '\ufffd') {
      broken++;
    } else if (character > '\u007f') {
      wellFormed++;
    }
  }
  return wellFormed >= broken;
}
