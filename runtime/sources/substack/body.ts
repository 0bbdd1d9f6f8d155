import { Element, findElement, type Node, Text } from '../../html/dom.ts';
import { elementToMarkdown } from '../../html/markdown.ts';
import { parseHtml } from '../../html/parse.ts';
import { withoutTitle } from '../../html/title-heading.ts';
import { attributesOf, embedOf } from './embeds.ts';

/** What the editor puts between the author's words: forms, buttons, controls of pictures and headings, the paywall. */
const furniture: ReadonlySet<string> = new Set(
  (
    'subscription-widget-wrap subscription-widget-wrap-editor subscription-widget subscribe-widget button-wrapper ' +
    'captioned-button-wrap image-link-expand header-anchor-parent header-anchor-widget poll-embed poll ' +
    'install-substack-app-embed community-chat directMessage paywall paywall-jump hide-text cta-caption ' +
    'subscribe-prompt post-footer digest-post-embed-cta'
  ).split(' '),
);

/** The body of a post as the API, an export or a page has it: for all of them the same Markdown. */
export function bodyToMarkdown(html: string, title: string | undefined, baseUrl: string): string {
  return bodyElementToMarkdown(parseHtml(html), title, baseUrl);
}

/** The same for a body that was found in a page. Changes the tree. */
export function bodyElementToMarkdown(body: Element, title: string | undefined, baseUrl: string): string {
  settle(body);
  return withoutTitle(elementToMarkdown(body, baseUrl), title);
}

function settle(element: Element): void {
  const settled = element.children.flatMap(replacementsOf);
  element.children.length = 0;
  for (const child of settled) element.append(child);
}

function replacementsOf(node: Node): readonly Node[] {
  if (node.type === 'text') return [node];
  if (isFurniture(node)) return [];
  const embed = embedOf(node);
  if (embed !== undefined) return embed.replacement === undefined ? [] : [embed.replacement];
  if (node.name === 'img') return [imageOf(node)];
  settle(node);
  if (node.name === 'a') return linkOf(node);
  return [node];
}

function isFurniture({ attributes }: Element): boolean {
  return (
    attributes
      .get('class')
      ?.split(/\s+/)
      .some((name) => furniture.has(name)) ?? false
  );
}

/** Pictures are linked to themselves in full size, unless the author has linked them. Notes and their marks link each other. */
function linkOf(anchor: Element): readonly Node[] {
  const href = anchor.attributes.get('href') ?? '';
  const classes = anchor.attributes.get('class')?.split(/\s+/) ?? [];
  if (classes.includes('image-link')) {
    const picture = findElement(anchor, ({ name }) => name === 'img');
    return picture !== undefined && originalOf(href) === picture.attributes.get('src') ? anchor.children : [anchor];
  }
  if (classes.includes('footnote-number')) {
    return [new Element('span', new Map([['id', anchor.attributes.get('id') ?? '']]))];
  }
  const note = classes.includes('footnote-anchor') ? /#.+$/.exec(href)?.[0] : undefined;
  if (note === undefined) return [anchor];
  const mark = new Element('a', new Map([...anchor.attributes, ['href', note]]));
  for (const child of anchor.children) mark.append(child);
  return [mark];
}

/** As it was uploaded: the addresses of scaled copies are signed and change. */
function imageOf(image: Element): Element {
  const source = attributesOf(image).src ?? image.attributes.get('src') ?? '';
  const alt = image.attributes.get('alt');
  return new Element(
    'img',
    new Map([['src', originalOf(source)], ...(alt === undefined ? [] : [['alt', alt] as const])]),
  );
}

/** `https://substackcdn.com/image/fetch/<how>/<address of the upload, escaped>` → the upload. */
function originalOf(source: string): string {
  const escaped =
    /^https:\/\/(?:[\w-]+\.)?(?:substackcdn\.com|substack\.com|cloudinary\.com)\/.{0,40}?(?:^|\/)fetch\/[^/]{0,400}\/(https?%3A.+)$/i.exec(
      source,
    )?.[1];
  if (escaped === undefined) return source;
  try {
    return decodeURIComponent(escaped);
  } catch (error) {
    if (error instanceof URIError) return source;
    throw error;
  }
}

/** Entities in what should be plain text; angle brackets are not taken for tags. */
export function unescapeText(text: string): string {
  return parseHtml(text.replaceAll('<', '&lt;'))
    .children.map((node) => (node instanceof Text ? node.value : ''))
    .join('');
}
