import { type Element, findElement, findElements, rawText, signature } from './dom.ts';
import { fenceFor } from './markdown-escape.ts';

const lineNumberClass =
  /(?:^|[\s_-])(?:line-?numbers?(?:-rows)?|line-?nos?|linenodiv|gutter|hljs-ln-n(?:umbers)?|rouge-gutter|blob-num|ln-num)(?:$|\s)/;
const codeControl = /(?:^|\s)(?:copy|clipboard|toolbar|code-toolbar-button|btn|button)(?:$|[\s_-])/;

/** A fenced block with the code exactly as the page shows it, or nothing when there is none. */
export function codeBlock(element: Element): string | undefined {
  const code = codeText(element)
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd();
  if (code === '') return undefined;
  const fence = fenceFor(code, 3);
  return `${fence}${languageOf(element) ?? ''}\n${code}\n${fence}`;
}

/** For an inline element: no line breaks, delimiters longer than any back-ticks inside. */
export function codeSpan(text: string): string {
  const code = text.replace(/\s+/g, ' ').trim();
  if (code === '') return '';
  const fence = fenceFor(code, 1);
  const padding = code.startsWith('`') || code.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${code}${padding}${fence}`;
}

/**
 * Text of a code element with its white space. Line numbers and buttons are not code; elements that are lines by
 * themselves (`div`, `li`, table rows) end with a newline whether the page writes one or not.
 */
function codeText(element: Element): string {
  const parts: string[] = [];
  let last = '';
  const emit = (text: string): void => {
    if (text === '') return;
    parts.push(text);
    last = text;
  };
  const visit = (node: Element): void => {
    for (const child of node.children) {
      if (child.type === 'text') {
        // White space between the rows of a table is the page's own indentation.
        if (!rowContainers.has(node.name) || child.value.trim() !== '') emit(child.value);
      } else if (child.name === 'br') {
        emit('\n');
      } else if (!isNotCode(child)) {
        const line = lineElements.has(child.name);
        if (line && last !== '' && !last.endsWith('\n')) emit('\n');
        const before = parts.length;
        visit(child);
        if (line && (parts.length === before || !last.endsWith('\n'))) emit('\n');
      }
    }
  };
  visit(element);
  return parts.join('');
}

const lineElements: ReadonlySet<string> = new Set(['div', 'li', 'p', 'tr']);
const rowContainers: ReadonlySet<string> = new Set(['table', 'tbody', 'tr', 'ol', 'ul']);

function isNotCode(element: Element): boolean {
  if (element.name === 'button' || element.name === 'style' || element.name === 'script' || element.name === 'svg')
    return true;
  if (lineNumberClass.test(signature(element))) return true;
  if (element.attributes.has('data-line-number') && rawText(element).trim() === '') return true;
  return codeControl.test(signature(element));
}

const languageClass =
  /(?:^|\s)(?:language|lang|highlight-source|brush:|sourceCode|highlight|code|hljs|syntax)[-\s:]+([\w+#.-]+)/i;
const notLanguages =
  /^(?:plain|plaintext|text|txt|none|nohighlight|auto|undefined|null|highlight|code|block|wrapper|line-numbers|sourcecode|hljs|prettyprint|highlighter-rouge|toolbar|snippet|container|sample|copy|false|true)$/i;

/** As class names or data attributes tell it, on the element, in it, or around it. */
function languageOf(element: Element): string | undefined {
  const around: Element[] = [element, ...findElements(element, ({ name }) => name === 'code').slice(0, 1)];
  for (let parent = element.parent, level = 0; parent && level < 3; parent = parent.parent, level += 1)
    around.push(parent);
  for (const candidate of around) {
    for (const name of ['data-lang', 'data-language', 'data-code-block-lang', 'data-code-language', 'lang']) {
      if (name === 'lang' && candidate.name !== 'pre' && candidate.name !== 'code') continue;
      const language = clean(candidate.attributes.get(name));
      if (language) return language;
    }
    const className = candidate.attributes.get('class') ?? '';
    const explicit = /(?:^|\s)(?:language|lang|highlight-source)-([\w+#.-]+)/i.exec(className)?.[1];
    const language = clean(explicit) ?? clean(languageClass.exec(className)?.[1]);
    if (language && (explicit !== undefined || candidate.name === 'pre' || candidate.name === 'code')) return language;
  }
  return undefined;
}

function clean(language: string | undefined): string | undefined {
  const name = language?.trim().toLowerCase();
  return name && /^[\w+#.-]{1,24}$/.test(name) && !notLanguages.test(name) ? name : undefined;
}

/**
 * The code of a table that exists only to put line numbers beside it: either one row with a gutter and a `pre`, or one
 * row a line.
 */
export function codeTable(table: Element): Element | undefined {
  if (findElement(table, ({ name }) => name === 'table')) return undefined;
  const cells = findElements(table, ({ name }) => name === 'td' || name === 'th');
  if (cells.length < 2) return undefined;
  if (cells.length <= 3) {
    const [code] = cells.filter((cell) => findElements(cell, ({ name }) => name === 'pre').length > 0).slice(-1);
    const others = cells.filter((cell) => cell !== code);
    if (code && others.every((cell) => /^[\d\s]*$/.test(rawText(cell)))) return code;
  }
  const lines = cells.filter((cell) =>
    /(?:^|[\s_-])(?:blob-code|hljs-ln-code|code-line|line-code)/.test(signature(cell)),
  );
  return lines.length > 0 && lines.length * 2 >= cells.length ? table : undefined;
}

/** What stands for a code block in a tree that has none: a `code` of several lines by itself. */
export function isBlockOfCode(element: Element): boolean {
  return element.name === 'code' && findElements(element, ({ name }) => name === 'br').length > 0;
}
