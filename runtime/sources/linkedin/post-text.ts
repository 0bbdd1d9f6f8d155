import { type Element, prune } from '../../html/dom.ts';

/** What a screen reader is told beside the text, and the buttons that unfold it. */
const besideText: ReadonlySet<string> = new Set(['visually-hidden', 'sr-only', 'see-more', 'a11y-text']);
const blocks: ReadonlySet<string> = new Set(['p', 'div', 'ul', 'ol', 'li', 'section']);

/**
 * The text of a post as its reader sees it, with its line breaks. Where the page writes breaks as elements, line ends of
 * its source are white space; where it does not, they are the breaks.
 */
export function postText(element: Element): string {
  prune(element, ({ name, attributes }) => {
    if (name === 'button' || attributes.get('role') === 'button') return true;
    if (attributes.get('data-testid') === 'expandable-text-button') return true;
    return classesOf(attributes.get('class')).some((token) => besideText.has(token));
  });
  const parts: string[] = [];
  let breaks = false;
  const visit = ({ children }: Element): void => {
    for (const child of children) {
      if (child.type === 'text') {
        parts.push(child.value);
        continue;
      }
      const block = blocks.has(child.name);
      breaks ||= block || child.name === 'br';
      if (block || child.name === 'br') parts.push(child.name === 'br' ? lineBreak : blockEdge);
      visit(child);
      if (block) parts.push(blockEdge);
    }
  };
  visit(element);
  const source = parts.join('');
  if (!breaks) return tidyText(source);
  const text = source.replace(/\s+/g, ' ').replaceAll(lineBreak, '\n');
  // However many blocks begin or end in one place, it is one new line.
  const lines = text.split(blockEdge).filter((piece) => piece !== '' && piece !== ' ');
  return tidyText(lines.join('\n').replaceAll('\n ', '\n'));
}

/** The parser drops null characters, and what else has no meaning as text may stand for what has none as a character. */
const blockEdge = '\0';
const lineBreak = '\u0001';

export function classesOf(className: string | undefined): readonly string[] {
  return className?.split(/\s+/) ?? [];
}

/** One form for a text, whichever way it came: no spaces at the ends of lines, and at most one empty line in a row. */
export function tidyText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replaceAll('\u00a0', ' ')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
