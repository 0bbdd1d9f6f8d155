import { type Element, findElement, findElements, isLargerThan, lineOf, signature } from '../../html/dom.ts';
import { paragraphsIn } from './markup.ts';
import type { Paragraph } from './paragraphs.ts';

/** How a generation of pages marks the paragraphs of a story, the surest first. */
const marks: readonly ((element: Element) => boolean)[] = [
  (element) => /(?:^|\s)graf(?:--[\w-]+)?(?:\s|$)/.test(signature(element)),
  (element) => hasEditorId(element) || /(?:^|\s)pw-post-body-paragraph(?:\s|$)/.test(signature(element)),
];

/** The editor gives each paragraph four digits of its own, which are its anchor on the page. */
function hasEditorId({ attributes }: Element): boolean {
  return /^[0-9a-f]{4}$/.test(attributes.get('id') ?? '');
}

const paragraphNames = /^(?:p|li|h[1-6]|blockquote|pre|span)$/;

/** In feeds and exports, and on pages before 2018, the editor's own `h3` is the larger of two. */
export const editorHeadings: ReadonlySet<string> = new Set(['h1', 'h2', 'h3']);

/**
 * The paragraphs of the story that a page shows, by the names or ids that Medium gives them.
 * @returns nothing when they have none, or when there is no story
 */
export function storyParagraphs(root: Element, url: string): Paragraph[] {
  const article = articleOf(root);
  for (const [generation, isMarked] of marks.entries()) {
    const isParagraph = (element: Element): boolean => paragraphNames.test(element.name) && isMarked(element);
    const found = findElements(article, isParagraph);
    if (found.every(({ name }) => /^h[1-6]$/.test(name))) continue;
    const largeHeadings = generation === 0 ? editorHeadings : largeHeadingsAmong(found);
    const options = { baseUrl: url, isParagraph, largeHeadings };
    return sectionsAround(article, found).flatMap((section) => paragraphsIn(section, options));
  }
  return [];
}

function articleOf(root: Element): Element {
  return (
    findElement(root, (element) => /(?:^|\s)(?:postfield--body|meteredcontent)(?:\s|$)/.test(signature(element))) ??
    findElement(root, ({ name }) => name === 'article') ??
    root
  );
}

/** A story is a row of sections; what stands beside them in the article is the page's own. */
function sectionsAround(article: Element, paragraphs: readonly Element[]): readonly Element[] {
  const sections = new Set<Element>();
  for (const paragraph of paragraphs) {
    let outermost: Element | undefined;
    for (let around = paragraph.parent; around && around !== article; around = around.parent) {
      if (around.name === 'section') outermost = around;
    }
    if (outermost === undefined) return [article];
    sections.add(outermost);
  }
  return [...sections];
}

/** Pages show the two headings of the editor as `h1` and `h2`, later ones as `h2` and `h3`. */
function largeHeadingsAmong(paragraphs: readonly Element[]): ReadonlySet<string> {
  const names = new Set(paragraphs.filter((element) => !isTitleOrSubtitle(element)).map(({ name }) => name));
  return new Set(names.has('h1') || !names.has('h3') ? ['h1'] : ['h1', 'h2']);
}

function isTitleOrSubtitle(element: Element): boolean {
  return /pw-(?:post-title|subtitle)/.test(signature(element)) || element.attributes.has('data-testid');
}

const paywallText =
  /^(?:create an account to read the full story|the author made this story available to (?:all )?medium members only|read (?:this|the full) story (?:from .{1,100} )?(?:on medium )?with a free (?:medium )?account|become a member to read this story|this story is for medium members(?: only)?)\b/i;
const longestNotice = 300;

/** Whether a page without a state for scripts shows a paywall where the story should go on. */
export function hasPaywall(root: Element): boolean {
  return (
    findElement(root, (element) => {
      const { name, attributes } = element;
      if (/(?:^|[\s_-])paywall/.test(`${signature(element)} ${attributes.get('data-testid') ?? ''}`)) return true;
      if (!/^(?:h[1-6]|p|a|span)$/.test(name) || isLargerThan(element, longestNotice)) return false;
      const line = lineOf(element);
      return paywallText.test(line) && !marks.some((isMarked) => isInside(element, isMarked));
    }) !== undefined
  );
}

function isInside(element: Element, isMarked: (element: Element) => boolean): boolean {
  for (let around: Element | undefined = element; around; around = around.parent) {
    if (paragraphNames.test(around.name) && isMarked(around)) return true;
  }
  return false;
}
