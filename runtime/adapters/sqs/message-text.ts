/** What SQS accepts for one message and for all of a batch: the text and its attributes together. */
export const maximumMessageBytes = 1_048_576;

/** Kept free beside a body, so that a message of any accepted size can be dead-lettered with what went wrong. */
const reservedForFailureBytes = 8_192;
export const maximumBodyBytes = maximumMessageBytes - reservedForFailureBytes;

/**
 * The body as JSON in which everything outside the Basic Multilingual Plane, and the two code points SQS refuses, is
 * escaped. Real SQS takes any Unicode; fauxqs refuses surrogate pairs. The escaped text means the same to every parser.
 */
export function encodeBody(body: unknown): string {
  return JSON.stringify(body).replace(
    /[\uD800-\uDFFF\uFFFE\uFFFF]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The parsed body; undefined, which no JSON text means, when it is not JSON. */
export function decodeBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Replaces what SQS refuses in an attribute: control characters, lone surrogates, U+FFFE and U+FFFF. */
export function acceptableText(text: string): string {
  return text.toWellFormed().replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}

/** The longest beginning of `text` that takes at most `bytes` in UTF-8, never ending inside a character. */
export function truncated(text: string, bytes: number): string {
  const encoder = new TextEncoder();
  const { read } = encoder.encodeInto(text, new Uint8Array(Math.max(0, bytes)));
  return text.slice(0, read);
}
