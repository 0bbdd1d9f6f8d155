/**
 * Remembers what was worked out for a word, for about `2 × capacity` words. When the young generation is full it becomes
 * the old one, and what was not asked for since then is forgotten; but only between texts, so that within a text a word
 * is always the same object.
 */
export class WordCache<Value extends object> {
  readonly #capacity: number;
  readonly #make: (word: string) => Value;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  constructor(capacity: number, make: (word: string) => Value) {
    this.#capacity = capacity;
    this.#make = make;
  }

  beginText(): void {
    if (this.#young.size < this.#capacity) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  get(word: string): Value {
    const known = this.#young.get(word);
    if (known !== undefined) return known;
    const value = this.#old.get(word) ?? this.#make(word);
    this.#young.set(word, value);
    return value;
  }
}
