const syllables =
  'ka lo mi ren sta tor vel pro con ing er tion al ex un dis mar ter ver sol an di pe cre fi gra ho ist ju ly nor'.split(
    ' ',
  );
const common =
  'the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one'.split(
    ' ',
  );
const vocabularySize = 30_000;

/** A small linear congruential generator (Numerical Recipes): the same text in every run. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 up to, not including, 1. */
  roll(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.roll() * limit);
  }
}

/**
 * Markdown documents of about 8 kB, `bytes` in all, the same in every run: words by Zipf's law, sentences, paragraphs
 * under headings, lists, links, emphasis, a fence or table now and then, and some typographic and accented characters.
 */
export function syntheticProse(bytes: number): string[] {
  const dice = new Dice(42);
  const vocabulary = [...common];
  while (vocabulary.length < vocabularySize) {
    let word = '';
    for (let count = 1 + dice.below(4); count > 0; count--) word += syllables[dice.below(syllables.length)];
    vocabulary.push(dice.below(40) === 0 ? `${word}é` : word);
  }
  const word = () => vocabulary[Math.floor(vocabulary.length ** dice.roll()) - 1] ?? 'the';
  const documents: string[] = [];
  let written = 0;
  while (written < bytes) {
    const markdown = Array.from({ length: 3 + dice.below(5) }, () => section(dice, word)).join('\n\n');
    documents.push(markdown);
    written += Buffer.byteLength(markdown);
  }
  return documents;
}

function section(dice: Dice, word: () => string): string {
  const blocks = [`${'#'.repeat(2 + dice.below(2))} ${words(3 + dice.below(4), word)}`];
  for (let count = 2 + dice.below(4); count > 0; count--) blocks.push(block(dice, word));
  return blocks.join('\n\n');
}

function block(dice: Dice, word: () => string): string {
  const kind = dice.below(12);
  if (kind === 0) {
    return Array.from({ length: 3 + dice.below(5) }, () => `- ${words(4 + dice.below(14), word)}`).join('\n');
  }
  if (kind === 1) return `\`\`\`js\nconst ${word()} = ${word()}(${dice.below(1000)});\nreturn ${word()};\n\`\`\``;
  if (kind === 2) return `| ${word()} | ${word()} |\n| --- | --- |\n| ${words(3, word)} | ${words(2, word)} |`;
  return Array.from({ length: 3 + dice.below(5) }, () => sentence(dice, word)).join(' ');
}

function sentence(dice: Dice, word: () => string): string {
  const text = words(6 + dice.below(18), word);
  const ending = dice.below(12);
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  if (ending === 0) return `${start} [${words(2, word)}](https://example.com/${word()}?utm_source=feed).`;
  if (ending === 1) return `“${start}” – *${word()}*, \`${word()}\`.`;
  return `${start}.`;
}

function words(count: number, word: () => string): string {
  return Array.from({ length: count }, word).join(' ');
}
