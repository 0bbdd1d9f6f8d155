const smallestTable = 4096;
/** Units kept for each word of the capacity; ordinary text has about 8. */
const unitsPerWord = 16;
const mostArguments = 4096;

/**
 * Remembers what was worked out for a word, found without cutting the word out of its text: an open-addressing table over
 * UTF-16 units. It forgets everything once it holds `capacity` words (or unusually long ones), but only between
 * texts, so that within a text a word always has the same value.
 */
export class WordCache<Value> {
  readonly #capacity: number;
  readonly #begin: () => (word: string) => Value;
  /** Words made to meet in one slot of every process would make each lookup a search. No value depends on it. */
  readonly #seed = Math.floor(Math.random() * 2 ** 32) | 0;
  #make: (word: string) => Value;
  /** In pairs: the hash of a word and its number, from 1; 0 is a free slot. */
  #slots = new Int32Array(2 * smallestTable);
  #units = new Uint16Array(smallestTable);
  /** Where the units of each word end. */
  #ends = new Uint32Array(smallestTable);
  #values: Value[] = [];

  /** @param begin called whenever nothing is remembered; gives what works out the value of a word */
  constructor(capacity: number, begin: () => (word: string) => Value) {
    this.#capacity = capacity;
    this.#begin = begin;
    this.#make = begin();
  }

  beginText(): void {
    const count = this.#values.length;
    if (count < this.#capacity && this.#endOf(count) < this.#capacity * unitsPerWord) return;
    this.#slots = new Int32Array(2 * smallestTable);
    this.#units = new Uint16Array(smallestTable);
    this.#ends = new Uint32Array(smallestTable);
    this.#values = [];
    this.#make = this.#begin();
  }

  /** @returns the value of the word that stands from `start` to `end` (exclusive) in a text's UTF-16 units */
  get(text: Uint16Array, start: number, end: number): Value {
    let hash = this.#seed;
    for (let position = start; position < end; position++) {
      hash = Math.imul(hash ^ (text[position] ?? 0), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    hash ^= hash >>> 13;
    const slots = this.#slots;
    const last = slots.length - 2;
    for (let slot = (hash << 1) & last; ; slot = (slot + 2) & last) {
      const number = slots[slot + 1] ?? 0;
      if (number === 0) return this.#learn(text.subarray(start, end), hash);
      if (slots[slot] === hash && this.#isSame(number, text, start, end)) return this.#values[number - 1] as Value;
    }
  }

  #isSame(number: number, text: Uint16Array, start: number, end: number): boolean {
    const units = this.#units;
    const offset = this.#endOf(number - 1) - start;
    if (this.#endOf(number) - offset !== end) return false;
    for (let position = start; position < end; position++) {
      if (units[offset + position] !== text[position]) return false;
    }
    return true;
  }

  #endOf(number: number): number {
    return number === 0 ? 0 : (this.#ends[number - 1] ?? 0);
  }

  #learn(word: Uint16Array, hash: number): Value {
    const value = this.#make(textOf(word));
    const number = this.#values.push(value);
    const offset = this.#endOf(number - 1);
    if (number > this.#ends.length) this.#ends = grown(this.#ends, new Uint32Array(2 * this.#ends.length));
    const needed = offset + word.length;
    if (needed > this.#units.length) this.#units = grown(this.#units, new Uint16Array(2 * needed));
    this.#ends[number - 1] = needed;
    this.#units.set(word, offset);
    if (4 * number > this.#slots.length) this.#grow();
    place(this.#slots, hash, number);
    return value;
  }

  #grow(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    for (let slot = 0; slot < this.#slots.length; slot += 2) {
      const number = this.#slots[slot + 1] ?? 0;
      if (number !== 0) place(slots, this.#slots[slot] ?? 0, number);
    }
    this.#slots = slots;
  }
}

/** In steps, as a call takes only so many arguments. */
function textOf(units: Uint16Array): string {
  let text = '';
  for (let start = 0; start < units.length; start += mostArguments) {
    text += String.fromCharCode(...units.subarray(start, start + mostArguments));
  }
  return text;
}

function place(slots: Int32Array, hash: number, number: number): void {
  const last = slots.length - 2;
  let slot = (hash << 1) & last;
  while (slots[slot + 1] !== 0) slot = (slot + 2) & last;
  slots[slot] = hash;
  slots[slot + 1] = number;
}

function grown<Numbers extends Uint16Array | Uint32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
