/** Of a longer query, BM25 ranks by the rarest: they decide the order, and the others cost most of the time. */
const maxQueryTerms = 32;

/** Private-use characters that stand for ASCII ones; the last marks a private-use character that stands for itself. */
const privateUse = 0xe000;
const literal = String.fromCharCode(privateUse + 0x80);

/**
 * A token as the `ascii` tokenizer of FTS5 keeps it: lower-case letters, digits and all beyond ASCII stay, every other
 * ASCII character is moved to the private-use area. Different tokens stay different, and none has a meaning in the
 * query syntax.
 */
export function encodeTerm(term: string): string {
  return term.replace(/[^0-9a-z\u{80}-\u{dfff}\u{e081}-\u{10ffff}]/gu, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x80 ? String.fromCharCode(privateUse + code) : `${literal}${character}`;
  });
}

/** The text that is indexed for a chunk: its tokens in order. */
export function encodeTerms(terms: readonly string[]): string {
  return terms.map(encodeTerm).join(' ');
}

/**
 * An FTS5 expression that matches whatever has any of the terms; undefined when there are none.
 * @param rarest picks the given number of (encoded) terms that the fewest chunks have
 */
export function matchExpression(
  terms: readonly string[],
  rarest: (encoded: readonly string[], count: number) => readonly string[],
): string | undefined {
  const encoded = [...new Set(terms.map(encodeTerm))].filter((term) => term !== '');
  const chosen = encoded.length > maxQueryTerms ? rarest(encoded, maxQueryTerms) : encoded;
  return chosen.length === 0 ? undefined : chosen.map((term) => `"${term}"`).join(' OR ');
}
