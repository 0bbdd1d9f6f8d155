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

  /** @returns what the element adds to a block around it: the text in it that no block of its own has counted */
  #weigh(
    element: Element,
    inLink: boolean,
  ): { readonly text: number; readonly linked: number; readonly sentences: boolean } {
    if (unread.has(element.name)) return { text: 0, linked: 0, sentences: false };
    let [text, linked, links, prose] = [0, 0, 0, 0];
    let [own, ownLinked, sentences] = [0, 0, false];
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
        const weight = this.of(child);
        text += weight.text;
        linked += weight.linked;
        links += weight.links + (link ? 1 : 0);
        prose += weight.prose;
        own += inner.text;
        ownLinked += inner.linked;
        sentences ||= inner.sentences;
      }
    }
    if (inline.has(element.name)) {
      this.#weights.set(element, { text, linked, links, prose });
      return { text: own, linked: ownLinked, sentences };
    }
    if (proseBlocks.has(element.name) && own > 0 && ownLinked * 2 < own) {
      const readsLikeText = element.name === 'pre' || (sentences && own >= 25);
      prose += readsLikeText ? own - ownLinked : (own - ownLinked) / 4;
    }
    this.#weights.set(element, { text, linked, links, prose });
    return { text: 0, linked: 0, sentences: false };
  }
}

function visibleLength(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 32) length += 1;
  return length;
}
