import type { WordCache } from './word-cache.ts';

const unknown = 0;
const separator = 1;
const wordCharacter = 2;
/** Written without spaces between words, so that a run of them is no word. */
const unspaced = 3;

const wordPattern = /[\p{L}\p{N}\p{M}_]/u;
/** Marks that only choose how an emoji or ideograph is drawn. */
const presentation = /[\uFE00-\uFE0F\u20E3\u{E0100}-\u{E01EF}]/u;
const unspacedPattern =
  /[\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

function classify(character: string): number {
  if (!wordPattern.test(character) || presentation.test(character)) return separator;
  return unspacedPattern.test(character) ? unspaced : wordCharacter;
}

/** Finds the words of texts, remembering what it has learnt about characters. */
export class WordScanner {
  readonly #classes = new Uint8Array(0x10000);

  /**
   * The values of the words of a text. Words are runs of letters, marks, digits and `_`, in text order and as they are written; Chinese, Japanese, Korean, Thai, Lao,
   * Khmer and Burmese, which do not put spaces between words, come as overlapping pairs of characters (as in Lucene's
   * CJKAnalyzer), so that they can be searched without a dictionary.
   */
  words<Value>(text: string, cache: WordCache<Value>): Value[] {
    cache.beginText();
    const found: Value[] = [];
    const length = text.length;
    let start = 0;
    let current = separator;
    let position = 0;
    while (position < length) {
      const unit = text.charCodeAt(position);
      let width = 1;
      let kind: number;
      if (unit >= 0xd800 && unit <= 0xdbff) {
        const character = String.fromCodePoint(text.codePointAt(position) ?? unit);
        width = character.length;
        kind = classify(character);
      } else {
        kind = this.#classes[unit] ?? unknown;
        if (kind === unknown) {
          kind = classify(String.fromCharCode(unit));
          this.#classes[unit] = kind;
        }
      }
      if (kind !== current) {
        if (current === wordCharacter) found.push(cache.get(text, start, position));
        else if (current === unspaced) pushPairs(found, cache, text, start, position);
        start = position;
        current = kind;
      }
      position += width;
    }
    if (current === wordCharacter) found.push(cache.get(text, start, length));
    else if (current === unspaced) pushPairs(found, cache, text, start, length);
    return found;
  }
}

function pushPairs<Value>(found: Value[], cache: WordCache<Value>, text: string, start: number, end: number): void {
  let first = start;
  let second = next(text, first);
  if (second === end) found.push(cache.get(text, start, end));
  while (second < end) {
    const third = next(text, second);
    found.push(cache.get(text, first, third));
    first = second;
    second = third;
  }
}

function next(text: string, position: number): number {
  return position + ((text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1);
}
