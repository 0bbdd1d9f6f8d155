import type { Element } from './dom.ts';

/** How much there is to read in an element, in characters without white space. */
export interface TextWeight {
  readonly text: number;
  /** Part of `text` that is inside of links. */
  readonly linked: number;
  readonly links: number;
  /** Running text: what stands in blocks that read like sentences and are not mostly links. */
  readonly prose: number;
}

const nothing: TextWeight = { text: 0, linked: 0, links: 0, prose: 0 };
const unread: ReadonlySet<string> = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'svg',
  'head',
  'iframe',
  'select',
  'textarea',
  'button',
]);
const proseBlocks: ReadonlySet<string> = new Set([
  'p',
  'pre',
  'blockquote',
  'td',
  'dd',
  'li',
  'div',
  'section',
  'article',
  'main',
  'body',
  'span',
  'font',
  'center',
  'figure',
  'h2',
  'h3',
  'h4',
]);
const inline: ReadonlySet<string> = new Set(
  'a abbr b bdi bdo big cite code del dfn em font i ins kbd label mark q s samp small span strike strong sub sup time tt u var wbr br img'.split(
    ' ',
  ),
);

/** What an element adds to a block around it. */
interface Contribution {
  /** The text in it that no block of its own has counted. */
  readonly text: number;
  readonly linked: number;
  readonly sentences: boolean;
  /** It holds a line that is nothing but a link, as the title above a teaser is. */
  readonly linkedLine: boolean;
}

const noContribution: Contribution = { text: 0, linked: 0, sentences: false, linkedLine: false };
const linkedLineOnly: Contribution = { ...noContribution, linkedLine: true };
/** Something short below a linked title tells of another page: its sentences hardly count as running text here. */
const teasers: ReadonlySet<string> = new Set(['li', 'div', 'article', 'section', 'td']);
const longestTeaser = 500;
const shortestTitle = 12;

/** Weighs every element of a tree in one pass. */
export class TextWeights {
  readonly #weights = new Map<Element, TextWeight>();

  constructor(root: Element) {
    this.#weigh(root, false);
  }

  of(element: Element): TextWeight {
    return this.#weights.get(element) ?? nothing;
  }

  /** Share of the text that is links, 0 to 1. */
  linkDensity(element: Element): number {
    const { text, linked } = this.of(element);
    return text === 0 ? 0 : linked / text;
  }

  #weigh(element: Element, inLink: boolean): Contribution {
    if (unread.has(element.name)) return noContribution;
    let [text, linked, links, prose] = [0, 0, 0, 0];
    let [own, ownLinked, sentences, linkedLine] = [0, 0, false, false];
    for (const child of element.children) {
      if (child.type === 'text') {
        const length = visibleLength(child.value);
        text += length;
        own += length;
        if (inLink) {
          linked += length;
          ownLinked += length;
        }
        sentences ||= /[.!?…。！？:;,،]/.test(child.value);
      } else {
        const link = child.name === 'a' && child.attributes.has('href');
        const inner = this.#weigh(child, inLink || link);
        if (link) links += 1;
        const weight = this.#weights.get(child);
        if (!weight) continue;
        text += weight.text;
        linked += weight.linked;
        links += weight.links;
        prose += weight.prose;
        own += inner.text;
        ownLinked += inner.linked;
        sentences ||= inner.sentences;
        linkedLine ||= inner.linkedLine;
      }
    }
    if (text === 0 && links === 0) return noContribution;
    if (inline.has(element.name)) {
      this.#weights.set(element, { text, linked, links, prose });
      return { text: own, linked: ownLinked, sentences, linkedLine };
    }
    if (proseBlocks.has(element.name) && own > 0 && ownLinked * 2 < own) {
      const readsLikeText = element.name === 'pre' || (sentences && own >= 25);
      prose += readsLikeText ? own - ownLinked : (own - ownLinked) / 4;
    }
    linkedLine ||= ownLinked >= shortestTitle && ownLinked === own;
    const teaser = linkedLine && prose > 0 && text <= longestTeaser && teasers.has(element.name);
    if (teaser) prose /= 8;
    this.#weights.set(element, { text, linked, links, prose });
    return linkedLine && !teaser && text <= longestTeaser ? linkedLineOnly : noContribution;
  }
}

function visibleLength(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 32) length += 1;
  return length;
}
