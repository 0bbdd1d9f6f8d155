import { type Element, findElement, findElements, rawText } from '../../html/dom.ts';
import { parseHtml } from '../../html/parse.ts';
import { timestampFrom } from '../../html/published-at.ts';
import { serializeHtml } from '../../html/serialize.ts';
import { readLink, sameName } from './link.ts';
import { classesOf, postText } from './post-text.ts';
import { publishedAtOf } from './post-urn.ts';

export interface FeedPost {
  readonly urn: string;
  readonly text: string;
  readonly publishedAt: string | undefined;
  /** As the page has it. */
  readonly html: string;
  /** What unfolds the rest of the text, as a CSS selector. */
  readonly unfold: string | undefined;
}

/** What can be seen of an activity page, which may be a part of it. */
export interface FeedView {
  /** One for each entry, whoever wrote it. */
  readonly keys: readonly string[];
  /** Of the member's own writing, in the order of the page. */
  readonly own: readonly FeedPost[];
  /** Entries in which a text was found. */
  readonly withText: number;
  /** Texts of the member's own that no URN was found for. */
  readonly unnamed: number;
  /** The page says that there is nothing. */
  readonly saysEmpty: boolean;
}

const urnAttributes = ['data-urn', 'data-id', 'data-activity-urn'];
const postUrn = /^urn:li:(?:activity|share|ugcPost):\d+$/;

/** Whatever stands for a text, of all generations of the page. */
const textClasses = [
  'update-components-text',
  'feed-shared-update-v2__description',
  'feed-shared-text',
  'attributed-text-segment-list__content',
];

/** In the order in which they came; those that fold the text again are not among them. */
const unfoldButtons: readonly { readonly selector: string; readonly matches: (element: Element) => boolean }[] = [
  {
    selector: '[data-testid="expandable-text-button"]',
    matches: ({ attributes }) => attributes.get('data-testid') === 'expandable-text-button',
  },
  { selector: '.see-more', matches: (element) => hasClass(element, 'see-more') },
  { selector: '.lt-line-clamp__more', matches: (element) => hasClass(element, 'lt-line-clamp__more') },
];

/** Says that an entry is in any of the generations, for whoever waits for the first one. */
export const entrySelector =
  '[data-urn^="urn:li:"], [data-id^="urn:li:"], [data-activity-urn^="urn:li:"], [componentkey^="expanded"]';

/** @param member the name in the address of the profile whose activity it is */
export function readFeed(html: string, url: string, member: string): FeedView {
  const root = parseHtml(html);
  const entries = outermost(root);
  const own: FeedPost[] = [];
  const keys: string[] = [];
  let withText = 0;
  let unnamed = 0;
  for (const entry of entries) {
    const found = textIn(entry, url);
    const urn = urnOf(entry) ?? found?.urn ?? onlyUrnIn(entry, url);
    keys.push(urn ?? entry.attributes.get('componentkey') ?? '');
    if (found === undefined) continue;
    withText += 1;
    if (!(found.author === undefined ? !found.introduced : sameName(found.author, member))) continue;
    // Reading the text takes its buttons out.
    const seen = { html: serializeHtml(entry), unfold: unfoldIn(entry) };
    const text = postText(found.element);
    if (text === '') continue;
    if (urn === undefined) unnamed += 1;
    else own.push({ urn, text, publishedAt: found.date ?? publishedAtOf(urn), ...seen });
  }
  return { keys, own, withText, unnamed, saysEmpty: entries.length === 0 && saysEmpty(root) };
}

/** Links to articles in the main part of a page, as they are. */
export function articleSlugsIn(html: string, url: string): readonly string[] {
  const root = parseHtml(html);
  const main = findElement(root, ({ name }) => name === 'main') ?? root;
  const slugs = findElements(main, ({ name }) => name === 'a').flatMap(({ attributes }) => {
    const link = linkTo(attributes.get('href'), url);
    return link?.kind === 'article' ? [link.slug] : [];
  });
  return [...new Set(slugs)];
}

function outermost(root: Element): Element[] {
  const found: Element[] = [];
  const visit = ({ children }: Element): void => {
    for (const child of children) {
      if (child.type !== 'element') continue;
      if (isEntry(child)) found.push(child);
      else visit(child);
    }
  };
  visit(root);
  return found;
}

function isEntry({ attributes }: Element): boolean {
  if (attributes.get('componentkey')?.startsWith('expanded')) return true;
  return urnAttributes.some((name) => postUrn.test(attributes.get(name) ?? ''));
}

function urnOf({ attributes }: Element): string | undefined {
  return urnAttributes.map((name) => attributes.get(name) ?? '').find((value) => postUrn.test(value));
}

/** Entries that pass a post on name two, and then nothing says which is which. */
function onlyUrnIn(entry: Element, url: string): string | undefined {
  const urns = new Set<string>();
  for (const element of findElements(entry, () => true)) {
    const urn = urnOf(element) ?? linkedUrn(element, url);
    if (urn !== undefined) urns.add(urn);
  }
  const [only] = urns;
  return urns.size === 1 ? only : undefined;
}

function linkedUrn({ name, attributes }: Element, url: string): string | undefined {
  const link = name === 'a' ? linkTo(attributes.get('href'), url) : undefined;
  return link?.kind === 'post' ? link.urn : undefined;
}

interface FoundText {
  readonly element: Element;
  /** The last person or organisation that is linked above the text: who wrote it. */
  readonly author: string | undefined;
  /** There is a line above the post that says why it is shown: somebody liked it, or passed it on. */
  readonly introduced: boolean;
  /** Of the first link to a post above the text: the one on its date. */
  readonly urn: string | undefined;
  readonly date: string | undefined;
}

/** The first text of an entry. Not one of a post that is passed on inside of it, nor of a comment below it. */
function textIn(entry: Element, url: string): FoundText | undefined {
  const above: { -readonly [Key in keyof Omit<FoundText, 'element'>]: FoundText[Key] } = {
    author: undefined,
    introduced: false,
    urn: undefined,
    date: undefined,
  };
  let ended = false;
  const visit = (element: Element): Element | undefined => {
    for (const child of element.children) {
      if (child.type !== 'element' || ended) continue;
      if (isText(child)) return child;
      ended = isBelow(child);
      if (ended) return undefined;
      if (isIntroduction(child)) {
        above.introduced = true;
        continue;
      }
      above.author = authorAt(child, url) ?? above.author;
      above.urn ??= linkedUrn(child, url);
      if (child.name === 'time') above.date ??= timestampFrom(child.attributes.get('datetime'));
      const found = visit(child);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const element = visit(entry);
  return element && { element, ...above };
}

function isText(element: Element): boolean {
  const { attributes } = element;
  return (
    attributes.get('data-testid') === 'expandable-text-box' ||
    attributes.get('data-test-id') === 'main-feed-activity-card__commentary' ||
    textClasses.some((name) => hasClass(element, name))
  );
}

function isBelow({ attributes }: Element): boolean {
  return classesOf(attributes.get('class')).some((name) => /mini-update|reshared|^comments-/.test(name));
}

function isIntroduction(element: Element): boolean {
  return hasClass(element, 'update-components-header') || hasClass(element, 'feed-shared-header');
}

/** Links by a member's number (`ACoAA…`) do not tell who it is. */
function authorAt({ name, attributes }: Element, url: string): string | undefined {
  if (name !== 'a') return undefined;
  const href = attributes.get('href') ?? '';
  const link = linkTo(href, url);
  if (link?.kind === 'member') return /^ACo[\w-]{20,}$/.test(link.name) ? undefined : link.name;
  return /\/(?:company|school|showcase)\/[^/?#]/.test(href) ? href : undefined;
}

function linkTo(href: string | undefined, url: string): ReturnType<typeof readLink> {
  if (href === undefined || !URL.canParse(href, url)) return undefined;
  return readLink(new URL(href, url), new URL(url).origin);
}

function unfoldIn(entry: Element): string | undefined {
  const attribute = ['componentkey', ...urnAttributes].find((name) => entry.attributes.has(name));
  const value = attribute === undefined ? '' : (entry.attributes.get(attribute) ?? '');
  if (attribute === undefined || !/^[\w:.()=,-]{1,300}$/.test(value)) return undefined;
  const button = unfoldButtons.find(({ matches }) => findElement(entry, matches) !== undefined);
  return button && `[${attribute}="${value}"] ${button.selector}`;
}

const emptyWords =
  /nothing to see|(?:has|have)n[’']t (?:posted|shared)|no (?:posts|activity)\b|will (?:be displayed|show up|appear) here/i;

function saysEmpty(root: Element): boolean {
  if (findElement(root, ({ attributes }) => /(?:^|[\s_-])empty(?:-state|$|[\s_])/.test(attributes.get('class') ?? '')))
    return true;
  const main = findElement(root, ({ name }) => name === 'main') ?? root;
  return emptyWords.test(rawText(main).slice(0, 20_000));
}

function hasClass({ attributes }: Element, name: string): boolean {
  return classesOf(attributes.get('class')).includes(name);
}
