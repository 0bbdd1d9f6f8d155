export type Block =
  | { readonly type: 'paragraph' | 'heading' | 'quote'; readonly text: string }
  | { readonly type: 'list'; readonly items: readonly string[] }
  | { readonly type: 'code'; readonly language: string; readonly text: string }
  | { readonly type: 'image'; readonly name: string; readonly caption: string };

const subjects = [
  'a queue',
  'the old mill',
  'a compiler',
  'my neighbour',
  'the tide',
  'a schema',
  'the archive',
  'a bakery',
];
const verbs = ['keeps', 'forgets', 'repeats', 'repairs', 'measures', 'promises', 'hides', 'returns'];
const objects = ['its own order', 'what was said before', 'the smaller half', 'a careful ledger', 'every third letter'];
const settings = [
  'in the early morning',
  'after a long restart',
  'under real load',
  'when nobody looks',
  'on a wet Tuesday',
];
const links = ['and yet', 'because', 'so that', 'although', 'while', 'until'];
const openings = ['Most days', 'As it turns out', 'In my notes from that year', 'For once', 'Against all advice'];
const headings = ['What went wrong', 'A smaller question', 'How it is measured', 'The part I left out', 'What to keep'];
const themes = ['lanterns', 'ledgers', 'harbours', 'parsers', 'gardens', 'archives', 'tides', 'letters', 'looms'];

/** Writes plain English that says little: the same words for the same seed, on every machine. */
export class Writer {
  #state: number;

  constructor(seed: string) {
    this.#state = 0x811c9dc5;
    for (const character of seed) {
      this.#state = Math.imul(this.#state ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    }
  }

  /** Less than `limit`, by the mulberry32 generator. */
  number(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick(words: readonly string[]): string {
    return words[this.number(words.length)] ?? '';
  }

  /** Of hexadecimal digits. */
  id(length: number): string {
    return Array.from({ length }, () => this.number(16).toString(16)).join('');
  }

  title(): string {
    const first = this.pick(themes);
    return `On ${first} and ${this.pick(themes.filter((theme) => theme !== first))}`;
  }

  paragraph(sentences = 4): string {
    return Array.from({ length: sentences }, () => this.sentence()).join(' ');
  }

  sentence(): string {
    const clause = () => `${this.pick(subjects)} ${this.pick(verbs)} ${this.pick(objects)} ${this.pick(settings)}`;
    return `${this.pick(openings)}, ${clause()}, ${this.pick(links)} ${clause()}.`;
  }

  /** A few paragraphs with a heading, a list, code and an image between them. */
  body(): Block[] {
    const name = `${this.pick(themes)}${this.number(90) + 10}`;
    return [
      { type: 'paragraph', text: this.paragraph() },
      { type: 'paragraph', text: this.paragraph() },
      { type: 'heading', text: this.pick(headings) },
      { type: 'paragraph', text: this.paragraph() },
      { type: 'list', items: [this.sentence(), this.sentence(), this.sentence()] },
      {
        type: 'code',
        language: 'python',
        text: `def ${name}(items):\n    for item in items:\n        if item > ${this.number(50)}:\n            yield item`,
      },
      { type: 'image', name: `${name}.png`, caption: `The ${this.pick(themes)} as they were` },
      { type: 'quote', text: this.sentence() },
      { type: 'paragraph', text: this.paragraph() },
    ];
  }
}
