import { type Element, findElement, findElements, isLargerThan, lineOf, rawText, signature } from '../../html/dom.ts';
import { embedTarget, imageLink, linkTarget, type Markup, type Paragraph } from './paragraphs.ts';

export interface MarkupOptions {
  readonly baseUrl: string;
  /** Which elements are paragraphs of the story, and not the page's own. Default: all. */
  readonly isParagraph?: ((element: Element) => boolean) | undefined;
  /** Elements of the editor's large headings; all other headings are its small ones. */
  readonly largeHeadings: ReadonlySet<string>;
}

/** Reads the HTML that Medium makes of a story, on its pages, in its feeds and in its exports. */
export function paragraphsIn(root: Element, options: MarkupOptions): Paragraph[] {
  const reader = new MarkupReader(options);
  reader.children(root, 'text');
  return reader.finish();
}

/** What is nothing but text. */
type TextType = Exclude<Extract<Paragraph, { readonly markups: unknown }>['type'], 'image'>;

type Surroundings = 'text' | 'quote' | 'bullet' | 'number';

const passedOver: ReadonlySet<string> = new Set(
  'button style noscript svg template head nav form input select textarea video audio script'.split(' '),
);
const inlineNames: ReadonlySet<string> = new Set(
  'a abbr b bdi br cite code del dfn em i ins kbd mark q s samp small span strike strong sub sup time u var wbr'.split(
    ' ',
  ),
);
/** In characters and elements. What is larger holds a story, and is none of its parts. */
const largestFigure = 50_000;
const textNames = /^(?:p|li|blockquote|h[1-6])$/;
const headingNames = /^h[1-6]$/;

class MarkupReader {
  readonly #options: MarkupOptions;
  readonly #paragraphs: Paragraph[] = [];
  /** Text that stands in no paragraph of its own, as feeds have it. */
  #loose: InlineText;

  constructor(options: MarkupOptions) {
    this.#options = options;
    this.#loose = new InlineText(options.baseUrl);
  }

  finish(): Paragraph[] {
    this.#flush('text');
    return this.#paragraphs;
  }

  children(element: Element, around: Surroundings): void {
    for (const child of element.children) {
      if (child.type === 'element') this.#element(child, around);
      else if (this.#options.isParagraph === undefined) this.#loose.text(child.value);
    }
  }

  #element(element: Element, around: Surroundings): void {
    const { name } = element;
    if (passedOver.has(name) || element.attributes.has('hidden')) return;
    const card = cardIn(element, this.#options.baseUrl);
    if (this.#options.isParagraph === undefined && card === undefined && isInline(element)) {
      this.#loose.element(element);
      return;
    }
    this.#flush(around);
    if (card !== undefined) this.#paragraphs.push(card);
    else if (name === 'figure' && !isLargerThan(element, largestFigure)) this.#figure(element);
    else if (name === 'img') this.#looseImage(element);
    else if (name === 'pre') this.#code(element);
    else if (name === 'iframe') this.#embed(element.attributes.get('src'));
    else if (name === 'hr' || element.attributes.get('role') === 'separator') this.#paragraphs.push({ type: 'rule' });
    else this.#textual(element, around);
    this.#flush(around);
  }

  #textual(element: Element, around: Surroundings): void {
    const { name } = element;
    const inside = name === 'ul' ? 'bullet' : name === 'ol' ? 'number' : name === 'blockquote' ? 'quote' : around;
    if (!textNames.test(name) || hasBlocks(element)) {
      this.children(element, inside);
      this.#flush(inside);
      return;
    }
    if (this.#options.isParagraph?.(element) === false) return;
    const text = new InlineText(this.#options.baseUrl);
    text.children(element);
    this.#paragraphs.push({ type: this.#typeOf(element, inside), ...text.result() });
  }

  #typeOf(element: Element, around: Surroundings): TextType {
    const names = signature(element);
    if (/(?:^|\s)(?:graf--title|pw-post-title)(?:\s|$)/.test(names)) return 'title';
    if (element.attributes.get('data-testid') === 'storyTitle') return 'title';
    if (/(?:^|\s)(?:graf--subtitle|pw-subtitle-paragraph)(?:\s|$)/.test(names)) return 'subtitle';
    if (element.attributes.get('data-testid') === 'storySubtitle') return 'subtitle';
    if (headingNames.test(element.name))
      return this.#options.largeHeadings.has(element.name) ? 'heading' : 'subheading';
    return around;
  }

  #flush(around: Surroundings): void {
    const { text, markups } = this.#loose.result();
    this.#loose = new InlineText(this.#options.baseUrl);
    if (text.trim() !== '') this.#paragraphs.push({ type: around, text, markups });
  }

  #figure(figure: Element): void {
    const frame = findElement(figure, ({ name }) => name === 'iframe');
    const script = findElement(figure, ({ name, attributes }) => name === 'script' && attributes.has('src'));
    const caption = findElement(figure, ({ name }) => name === 'figcaption');
    const source = frame?.attributes.get('src') ?? frame?.attributes.get('data-src') ?? script?.attributes.get('src');
    const pictures = source === undefined ? findElements(figure, isPicture) : [];
    if (source !== undefined) this.#embed(source);
    // A picture is repeated in the figure for browsers without scripts.
    const shown = new Map(pictures.map((picture) => [this.#sourceOf(picture), picture]));
    const [last] = [...shown.values()].slice(-1);
    for (const picture of shown.values()) this.#image(picture, picture === last ? caption : undefined);
    if (shown.size > 0) return;
    const code = findElement(figure, ({ name }) => name === 'pre');
    if (code) this.#code(code);
    else if (source === undefined) this.children(figure, 'text');
  }

  /** Pages have pictures of people beside those of the story, which stand in figures. */
  #looseImage(picture: Element): void {
    if (this.#options.isParagraph === undefined) this.#image(picture, undefined);
  }

  #image(picture: Element, caption: Element | undefined): void {
    const text = new InlineText(this.#options.baseUrl);
    if (caption) text.children(caption);
    const source = this.#sourceOf(picture);
    // Medium counts who reads a feed with an image of one pixel.
    if (source === '' || picture.attributes.get('width') === '1' || /\/_\/stat\?/.test(source)) return;
    const alternative = picture.attributes.get('alt') ?? alternativeBeside(picture);
    this.#paragraphs.push({ type: 'image', source, alternative, ...text.result() });
  }

  /** Without a size where the picture is Medium's. */
  #sourceOf({ attributes }: Element): string {
    const [first = ''] = (attributes.get('srcset') ?? '').trim().split(/\s+/, 1);
    const source = attributes.get('data-src') ?? attributes.get('src') ?? first;
    if (source === '' || !URL.canParse(source, this.#options.baseUrl)) return '';
    return imageLink(new URL(source, this.#options.baseUrl).href);
  }

  #code(element: Element): void {
    const parts = findElements(element, (part) => part.name === 'span' && this.#options.isParagraph?.(part) === true);
    const language = element.attributes.get('data-code-block-lang');
    for (const part of parts.length === 0 ? [element] : parts) {
      this.#paragraphs.push({ type: 'code', text: rawText(part), language });
    }
  }

  #embed(source: string | undefined): void {
    const href = source === undefined ? undefined : embedTarget(source, this.#options.baseUrl);
    if (href !== undefined) this.#paragraphs.push({ type: 'embed', text: href, href });
  }
}

function isPicture({ name, attributes }: Element): boolean {
  return (name === 'img' || name === 'source') && (attributes.has('src') || attributes.has('srcset'));
}

/** Where there are several sizes of a picture, the element for them has no words for it. */
function alternativeBeside({ parent }: Element): string {
  const image = parent && findElement(parent, ({ name }) => name === 'img');
  return image?.attributes.get('alt') ?? '';
}

function isInline(element: Element): boolean {
  return inlineNames.has(element.name) && !hasBlocks(element);
}

const blockNames = /^(?:p|li|ul|ol|blockquote|h[1-6]|pre|figure|div|section|iframe|img|hr)$/;

function hasBlocks(element: Element): boolean {
  return findElement(element, ({ name }) => blockNames.test(name)) !== undefined;
}

/** The card of another page: a link around a heading, a description and the name of a site. */
function cardIn(element: Element, baseUrl: string): Paragraph | undefined {
  const isCard = /(?:^|\s)graf--mixtapeembed(?:\s|$)/.test(signature(element));
  if ((isCard || element.name === 'a') && isLargerThan(element, largestFigure)) return undefined;
  const link = isCard ? findElement(element, ({ name }) => name === 'a') : element.name === 'a' ? element : undefined;
  const href = link?.attributes.get('href');
  if (link === undefined || href === undefined) return undefined;
  const heading = findElement(link, ({ name }) => headingNames.test(name) || (isCard && name === 'strong'));
  if (!isCard && (heading === undefined || heading.name === 'h1')) return undefined;
  const target = linkTarget(href, baseUrl);
  return { type: 'embed', text: (heading && lineOf(heading)) || lineOf(link) || target, href: target };
}

const markupNames: ReadonlyMap<string, 'strong' | 'emphasis' | 'code'> = new Map([
  ['strong', 'strong'],
  ['b', 'strong'],
  ['em', 'emphasis'],
  ['i', 'emphasis'],
  ['code', 'code'],
]);

/** Text with its ranges; white space of the HTML is one space each, breaks are line feeds. */
class InlineText {
  readonly #baseUrl: string;
  readonly #markups: Markup[] = [];
  #text = '';

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  result(): { readonly text: string; readonly markups: readonly Markup[] } {
    return { text: this.#text, markups: this.#markups };
  }

  text(value: string): void {
    this.#text += value.replace(/\s+/g, ' ');
  }

  children(element: Element): void {
    for (const child of element.children) {
      if (child.type === 'text') this.text(child.value);
      else this.element(child);
    }
  }

  element(element: Element): void {
    const { name, attributes } = element;
    if (name === 'br') this.#text += '\n';
    if (passedOver.has(name)) return;
    const start = this.#text.length;
    this.children(element);
    const end = this.#text.length;
    const type = markupNames.get(name);
    const href = name === 'a' ? attributes.get('href') : undefined;
    if (type !== undefined && end > start) this.#markups.push({ type, start, end });
    else if (href && end > start)
      this.#markups.push({ type: 'link', start, end, href: linkTarget(href, this.#baseUrl) });
  }
}
