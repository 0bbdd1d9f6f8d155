/**
 * Remembers what was worked out for a word, for at most `2 × capacity` words: when the young generation is full it
 * becomes the old one, and what was not asked for since then is forgotten.
 */
export class WordCache<Value extends object | number> {
  readonly #capacity: number;
  readonly #make: (word: string) => Value;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  constructor(capacity: number, make: (word: string) => Value) {
    this.#capacity = capacity;
    this.#make = make;
  }

  get(word: string): Value {
    const known = this.#young.get(word);
    if (known !== undefined) return known;
    const value = this.#old.get(word) ?? this.#make(word);
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(word, value);
    return value;
  }
}
