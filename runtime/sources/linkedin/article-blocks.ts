import { Element, findElement, findElements, type Node } from '../../html/dom.ts';
import { elementToMarkdown } from '../../html/markdown.ts';
import { classesOf } from './post-text.ts';

/**
 * The body of an article, of what its author wrote: text, images, quotes and code are blocks that are called
 * `publishing-…`, and other articles which are recommended between them are not.
 * @returns undefined for a page of another make
 */
export function articleMarkdown(root: Element, url: string): string | undefined {
  const content = findElement(root, ({ attributes }) => attributes.get('data-test-id') === 'article-content-blocks');
  if (content === undefined) return undefined;
  const blocks = findElements(content, isOwnBlock).filter(({ parent }) => !isInside(parent, content));
  const own = new Element('div', new Map());
  for (const block of blocks.length > 0 ? blocks : content.children) own.append(settled(block));
  const markdown = elementToMarkdown(own, url);
  return markdown === '' ? undefined : markdown;
}

function isOwnBlock({ attributes }: Element): boolean {
  return attributes.get('data-test-id')?.startsWith('publishing-') === true;
}

/** Whether an element is (part of) a block. */
function isInside(element: Element | undefined, content: Element): boolean {
  for (let around = element; around !== undefined && around !== content; around = around.parent) {
    if (isOwnBlock(around)) return true;
  }
  return false;
}

/** Bold, italics and images the way they are written elsewhere, and links without what follows their readers. */
function settled(node: Node): Node {
  if (node.type === 'text') return node;
  const { attributes } = node;
  const classes = classesOf(attributes.get('class'));
  const element = new Element(nameOf(node.name, classes), settledAttributes(attributes));
  for (const child of node.children) element.append(settled(child));
  return element;
}

function nameOf(name: string, classes: readonly string[]): string {
  if (name !== 'span') return name;
  if (classes.includes('font-[700]')) return 'strong';
  return classes.includes('italic') ? 'em' : name;
}

function settledAttributes(attributes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const settledOnes = new Map(attributes);
  const source = attributes.get('data-delayed-url');
  if (source !== undefined && !attributes.has('src')) settledOnes.set('src', source);
  const href = attributes.get('href');
  if (href !== undefined) settledOnes.set('href', plainHref(href));
  return settledOnes;
}

function plainHref(href: string): string {
  if (!URL.canParse(href)) return href;
  const url = new URL(href);
  if (/^www\.linkedin\.com$/.test(url.hostname) && url.pathname.startsWith('/redir/')) {
    const target = url.searchParams.get('url') ?? '';
    if (/^https?:/.test(target) && URL.canParse(target)) return target;
  }
  return href.replace(/([?&])trk=[^&#]*(&|(?=#)|$)/, (_, before: string, after: string) =>
    after === '&' ? before : '',
  );
}
