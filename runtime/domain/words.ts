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

/** Cuts text into words, remembering what it has learnt about characters. */
export class WordScanner {
  readonly #classes = new Uint8Array(0x10000);

  /**
   * Runs of letters, marks, digits and `_`, in text order and as they are written. Chinese, Japanese, Korean, Thai, Lao,
   * Khmer and Burmese, which do not put spaces between words, come as overlapping pairs of characters (as in Lucene's
   * CJKAnalyzer), so that they can be searched without a dictionary.
   */
  words(text: string): string[] {
    const found: string[] = [];
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
        if (current === wordCharacter) found.push(text.slice(start, position));
        else if (current === unspaced) pushPairs(found, text.slice(start, position));
        start = position;
        current = kind;
      }
      position += width;
    }
    if (current === wordCharacter) found.push(text.slice(start));
    else if (current === unspaced) pushPairs(found, text.slice(start));
    return found;
  }
}

function pushPairs(found: string[], run: string): void {
  let previous: string | undefined;
  let pairs = 0;
  for (const character of run) {
    if (previous !== undefined) {
      found.push(previous + character);
      pairs++;
    }
    previous = character;
  }
  if (pairs === 0) found.push(run);
}
