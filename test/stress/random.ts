/** Repeatable random numbers (mulberry32): the same seed gives the same run of choices. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 ≤ x < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number, both bounds included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  of<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.between(0, items.length - 1)] ?? items[0];
  }
}

const words = [
  ...[
    'queue',
    'change',
    'capture',
    'position',
    'store',
    'chunk',
    'vector',
    'index',
    'search',
    'crash',
    'retry',
    'letter',
  ],
  ...['the', 'a', 'of', 'and', 'to', 'in', 'that', 'is', 'was', 'for', 'it', 'with', 'as', 'on', 'we', 'by', 'nothing'],
  ...[
    'morning',
    'library',
    'write',
    'read',
    'train',
    'window',
    'coffee',
    'river',
    'letters',
    'slowly',
    'again',
    'never',
  ],
] as [string, ...string[]];

/** A few sections of prose with now and then a list or some code. */
export function randomMarkdown(random: Random): string {
  const sections = Array.from({ length: random.between(1, 4) }, () => {
    const blocks = Array.from({ length: random.between(1, 3) }, () => {
      if (random.next() < 0.15) return `\`\`\`js\nconst ${random.of(words)} = '${random.of(words)}';\n\`\`\``;
      if (random.next() < 0.2) return `- ${sentence(random)}\n- ${sentence(random)}`;
      return Array.from({ length: random.between(1, 6) }, () => sentence(random)).join(' ');
    });
    return `## ${random.of(words)} ${random.of(words)}\n\n${blocks.join('\n\n')}`;
  });
  return `${sections.join('\n\n')}\n`;
}

function sentence(random: Random): string {
  const text = Array.from({ length: random.between(5, 18) }, () => random.of(words)).join(' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
