export interface Heading {
  /** Without emphasis, code and link marks and HTML tags. */
  readonly text: string;
  /** Whether nothing but white space stands before it. */
  readonly leads: boolean;
  /** Offset behind it. */
  readonly end: number;
}

const fence = /^ {0,3}(`{3,}|~{3,})/;
const atx = /^ {0,3}#{1,6}[ \t]+(.*)$/;
const underline = /^ {0,3}(?:=+|-+)[ \t]*$/;
/** What cannot be the text of an underlined heading: other blocks, and indented code. */
const otherBlock = /^(?: {4}|\t| {0,3}(?:[-*+>|<]|\d+[.)]))/;

/**
 * The first heading of a Markdown text, ATX or underlined (CommonMark 0.31 §4.2 and §4.3, the latter of one line),
 * outside of fenced code.
 * @param markdown with `\n` line ends
 */
export function firstHeading(markdown: string): Heading | undefined {
  let openFence: string | undefined;
  let previous = '';
  let leads = true;
  let offset = 0;
  for (const line of linesOf(markdown)) {
    const end = Math.min(offset + line.length + 1, markdown.length);
    const marks = fence.exec(line)?.[1];
    if (openFence !== undefined) {
      if (marks?.startsWith(openFence) === true && line.trim() === marks) {
        openFence = undefined;
      }
    } else if (marks !== undefined) {
      openFence = marks;
    } else {
      const heading = atx.exec(line)?.[1]?.replace(/(?:^|[ \t])#+[ \t]*$/, '');
      const underlined = previous.trim() !== '' && !otherBlock.test(previous) && underline.test(line);
      const text = plain(heading ?? (underlined ? previous : ''));
      if (text !== '') {
        const before = heading === undefined ? markdown.slice(0, offset - previous.length - 1) : '';
        return { text, leads: heading === undefined ? before.trim() === '' : leads, end };
      }
    }
    leads &&= line.trim() === '';
    previous = openFence === undefined ? line : '';
    offset = end;
  }
  return undefined;
}

function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start <= text.length) {
    const end = text.indexOf('\n', start);
    if (end === -1) {
      yield text.slice(start);
      return;
    }
    yield text.slice(start, end);
    start = end + 1;
  }
}

function plain(markdown: string): string {
  return markdown
    .replaceAll(/!?\[([^[\]]*)\]\([^()\s]*\)/g, '$1')
    .replaceAll(/(\*{1,3})(?=[^\s*])([^*]*)(?<=\S)\1/g, '$2')
    .replaceAll(/`+([^`]*)`+/g, '$1')
    .replaceAll(/<\/?[a-z][^<>]*>/gi, '')
    .replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
    .trim();
}
