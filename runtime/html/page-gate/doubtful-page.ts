import { type Element, findElement, findElements, isLargerThan, lineOf, signature } from '../dom.ts';
import { parseHtml } from '../parse.ts';

/** A page that the gate looks at, with what its rules ask for. */
export interface DoubtfulPage {
  readonly url: URL;
  readonly html: string;
  /** What was extracted of it. */
  readonly text: string;
  /** How much of `text` there is, in letters and digits; a character of Chinese, Japanese or Korean says as much as three. */
  readonly size: number;
  readonly root: Element;
  readonly title: string;
  /** Of the first heading of the first level. */
  readonly heading: string;
  /** What can be pressed says, each label on a line. */
  readonly labels: string;
}

const longestLabel = 80;
const mostLabels = 1_000;

export function doubtfulPage(html: string, text: string, url: string): DoubtfulPage {
  const root = parseHtml(html);
  const lineOfFirst = (wanted: string): string => {
    const element = findElement(root, ({ name }) => name === wanted);
    return element === undefined ? '' : lineOf(element).slice(0, 300);
  };
  return {
    url: new URL(url),
    html,
    text,
    size: sizeOf(text),
    root,
    title: lineOfFirst('title'),
    heading: lineOfFirst('h1'),
    labels: labelsOf(root),
  };
}

export function sizeOf(text: string): number {
  let size = 0;
  for (const [letters] of text.matchAll(/[\p{L}\p{N}]+/gu)) size += letters.length;
  for (const [letters] of text.matchAll(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]+/gu)) {
    size += letters.length * 2;
  }
  return size;
}

function labelsOf(root: Element): string {
  return findElements(root, (element) => isButton(element) && !isLargerThan(element, 4 * longestLabel))
    .slice(0, mostLabels)
    .map((element) => element.attributes.get('value') ?? lineOf(element))
    .filter((label) => label.length <= longestLabel)
    .join('\n');
}

function isButton({ name, attributes }: Element): boolean {
  if (name === 'button' || name === 'a' || attributes.get('role') === 'button') return true;
  return name === 'input' && /^(?:submit|button)$/i.test(attributes.get('type') ?? '');
}

/** A form in the margin is no sign that there is nothing else. */
export function isInMargin(element: Element): boolean {
  for (let current: Element | undefined = element; current; current = current.parent)
    if (isMargin(current)) return true;
  return false;
}

/** Whether it is by itself what stands beside the text, whatever it stands in. */
export function isMargin(element: Element): boolean {
  return (
    /^(?:header|footer|nav|aside|dialog|template)$/.test(element.name) ||
    /\b(?:sidebar|widget|footer|header|navbar|modal|popup|comments?)\b/.test(signature(element))
  );
}

/** One pattern of several, each written for one language or maker. */
export function anyOf(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|'), 'iu');
}
