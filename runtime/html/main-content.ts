import { isBoilerplate, isMarkedAsBody, isNeverContent } from './boilerplate.ts';
import { settleCaptions } from './captions.ts';
import { type Element, emptyElement, findElement, findElements, lineOf, prune, rawText, Text } from './dom.ts';
import type { PageMetadata } from './metadata.ts';
import { parseHtml } from './parse.ts';
import { TextWeights } from './text-weight.ts';
import { isTitle, opensSurroundings, trim } from './trim.ts';

/** Elements that are text themselves, not containers of it. */
const textElements: ReadonlySet<string> = new Set(
  'p pre table tbody thead tr td th ul ol li dl blockquote h1 h2 h3 h4 h5 h6 figure details'.split(' '),
);
const pageElements: ReadonlySet<string> = new Set(['#document', 'html', 'body', 'frameset']);

/**
 * The part of a page that is its article. The tree is changed: what surrounds the text is taken out of it.
 * @param page what it says about itself; a text in structured data is used when the page itself shows far less of it
 */
export function mainContent(root: Element, page: PageMetadata): Element {
  const { title, structuredBody } = page;
  const fallback = noscriptText(root);
  prune(root, isNeverContent);
  const weights = new TextWeights(root);
  const { prose, text } = weights.of(root);
  prune(root, (element) => element.name === 'head' || isBoilerplate(element, weights, prose));
  const pruned = new TextWeights(root);
  const remaining = settleCaptions(root, pruned) ? new TextWeights(root) : pruned;
  const content = widened(bodyOf(root, remaining), root, title, remaining);
  trim(content, page);
  if (structuredBody !== undefined && size(content) * 2 < size(structuredBody)) return structured(structuredBody);
  return text === 0 && fallback ? fallback : content;
}

/**
 * Goes down as long as one child holds nearly all running text, or half of it and is marked as the body; then to the
 * innermost element so marked that still holds most.
 */
function bodyOf(root: Element, weights: TextWeights): Element {
  let current = root;
  for (;;) {
    let best: Element | undefined;
    for (const child of current.children) {
      if (child.type === 'element' && (!best || weights.of(child).prose > weights.of(best).prose)) best = child;
    }
    if (!best || textElements.has(best.name)) break;
    const share = weights.of(best).prose / Math.max(1, weights.of(current).prose);
    if (share < (isMarkedAsBody(best) ? 0.5 : 0.85)) break;
    current = best;
  }
  const enough = weights.of(current).prose * 0.6;
  const marked = findElements(
    current,
    (element) => !textElements.has(element.name) && weights.of(element).prose > enough && isMarkedAsBody(element),
  );
  return marked.at(-1) ?? current;
}

/**
 * Adds what stands beside the body and reads like text too: a lede above it, further sections below. Goes up no further
 * than the element that also holds the title, or the `article` or `main` around.
 */
function widened(body: Element, root: Element, title: string | undefined, weights: TextWeights): Element {
  const heading = findElement(root, (element) => element.name === 'h1' && isTitle(lineOf(element), title));
  const around = new Set(heading ? [heading, ...ancestorsOf(heading)] : []);
  let current = body;
  for (let level = 0; level < 12; level += 1) {
    const { parent, name } = current;
    if (!parent || pageElements.has(parent.name) || name === 'article' || name === 'main') break;
    if (heading ? around.has(current) : level >= 3) break;
    keepText(parent, current, { around, below: level === 0 }, weights);
    current = parent;
  }
  return current;
}

/** Of the children of `parent`, keeps `path` and what reads like text around it. */
function keepText(
  parent: Element,
  path: Element,
  { around, below }: { readonly around: ReadonlySet<Element>; readonly below: boolean },
  weights: TextWeights,
): void {
  const at = parent.children.indexOf(path);
  const reads = (index: number): boolean => {
    const sibling = parent.children[index];
    return sibling?.type === 'element' && readsLikeText(sibling, weights);
  };
  const sections = new Set([classOf(path)]);
  let from = at;
  for (let index = at - 1; index >= 0; index -= 1) {
    const sibling = parent.children[index];
    if (sibling?.type === 'element' && around.has(sibling)) {
      from = index;
      break;
    }
    if (!reads(index)) continue;
    from = index;
    if (sibling?.type === 'element' && sibling.attributes.has('class')) sections.add(classOf(sibling));
  }
  let to = at;
  for (let index = at + 1; index < parent.children.length; index += 1) {
    const sibling = parent.children[index];
    if (sibling?.type === 'element' && opensSurroundings(sibling, weights)) break;
    const section = sibling?.type === 'element' && (below || sections.has(classOf(sibling)));
    if (section && reads(index)) to = index;
  }
  const kept = parent.children.slice(from, to + 1).filter((sibling, offset) => {
    if (sibling.type === 'text' || sibling === path) return true;
    if (textElements.has(sibling.name) && weights.linkDensity(sibling) < 0.35) return true;
    return reads(from + offset) || around.has(sibling);
  });
  parent.children.length = 0;
  for (const child of kept) parent.children.push(child);
}

function ancestorsOf(element: Element): Element[] {
  const ancestors: Element[] = [];
  for (let parent = element.parent; parent; parent = parent.parent) ancestors.push(parent);
  return ancestors;
}

function classOf(element: Element): string {
  return `${element.name} ${element.attributes.get('class') ?? ''}`.trim();
}

function readsLikeText(element: Element, weights: TextWeights): boolean {
  const { text, prose } = weights.of(element);
  return element.name !== 'article' && prose >= 40 && prose >= text * 0.6 && weights.linkDensity(element) < 0.35;
}

/** Pages that need scripts to show anything sometimes say their text to those without. */
function noscriptText(root: Element): Element | undefined {
  const noscripts = findElements(root, ({ name }) => name === 'noscript');
  if (noscripts.length === 0) return undefined;
  const text = emptyElement('div');
  for (const noscript of noscripts) {
    const block = emptyElement('div');
    for (const child of noscript.children) block.children.push(child);
    text.append(block);
  }
  return text;
}

function structured(body: string): Element {
  if (/<(?:p|br|div|li|h\d)\b/i.test(body)) return parseHtml(body);
  const element = emptyElement('div');
  for (const line of body.split(/\n+/)) {
    const paragraph = emptyElement('p');
    paragraph.append(new Text(line));
    element.append(paragraph);
  }
  return element;
}

function size(content: Element | string): number {
  const text = typeof content === 'string' ? content.replace(/<[^<>]*>/g, ' ') : rawText(content);
  return text.match(/\S+/g)?.length ?? 0;
}
