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
  readonly #kinds = new Uint8Array(0x10000);
  #units = new Uint16Array(4096);

  /**
   * The values of the words of a text. Words are runs of letters, marks, digits and `_`, in text order and as they are
   * written; Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese, which do not put spaces between words, come as
   * overlapping pairs of characters (as in Lucene's CJKAnalyzer), so that they can be searched without a dictionary.
   */
  words<Value>(text: string, cache: WordCache<Value>): Value[] {
    cache.beginText();
    const found: Value[] = [];
    const units = this.#read(text);
    const kinds = this.#kinds;
    const length = text.length;
    let start = 0;
    let current = separator;
    let position = 0;
    while (position < length) {
      let width = 1;
      let kind = kinds[units[position] ?? 0] ?? unknown;
      if (kind === unknown) {
        const character = String.fromCodePoint(text.codePointAt(position) ?? 0);
        kind = classify(character);
        width = character.length;
        if (!isSurrogate(units[position] ?? 0)) kinds[units[position] ?? 0] = kind;
      }
      if (kind !== current) {
        if (current === wordCharacter) found.push(cache.get(units, start, position));
        else if (current === unspaced) pushPairs(found, cache, units, start, position);
        start = position;
        current = kind;
      }
      position += width;
    }
    if (current === wordCharacter) found.push(cache.get(units, start, length));
    else if (current === unspaced) pushPairs(found, cache, units, start, length);
    return found;
  }

  /** Units are looked at several times, which is faster in an array than in a string. */
  #read(text: string): Uint16Array {
    const length = text.length;
    if (length > this.#units.length) this.#units = new Uint16Array(2 * length);
    const units = this.#units;
    for (let position = 0; position < length; position++) units[position] = text.charCodeAt(position);
    return units;
  }
}

function pushPairs<Value>(
  found: Value[],
  cache: WordCache<Value>,
  units: Uint16Array,
  start: number,
  end: number,
): void {
  let first = start;
  let second = next(units, first);
  if (second >= end) found.push(cache.get(units, start, end));
  while (second < end) {
    const third = next(units, second);
    found.push(cache.get(units, first, third));
    first = second;
    second = third;
  }
}

function next(units: Uint16Array, position: number): number {
  return position + (isSurrogate(units[position] ?? 0) ? 2 : 1);
}

function isSurrogate(unit: number): boolean {
  return (unit & 0xf800) === 0xd800;
}
