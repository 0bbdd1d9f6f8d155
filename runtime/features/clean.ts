import type { RawDocument } from '../domain/documents.ts';
import { withoutBoilerplate } from './boilerplate.ts';
import { codeRegions } from './code-regions.ts';
import { withoutInvisible } from './invisible-characters.ts';
import { plainLetters } from './letter-styles.ts';
import { withoutAddresses } from './links.ts';
import { withoutTags } from './markup.ts';

/** Grows when the same document would come out differently: what was derived from it is then made anew. */
export const cleanerVersion = 1;

export interface CleanedText {
  readonly text: string;
  /** What cuts it into chunks: Markdown is prose wherever it lies. */
  readonly form: 'prose' | 'code';
  /** In one line; the path of a file in a repository. */
  readonly title?: string | undefined;
  /** BCP 47 as the page declares it for prose, Linguist's lower-case name for code. */
  readonly language?: string | undefined;
}

const markdownLanguages: ReadonlySet<string> = new Set(['markdown', 'mdx', 'rmarkdown']);
const mostPasses = 8;
const nonAscii = /[^\0-\x7f]/;
const escapedUnderscore = /(?<=[\p{L}\p{N}])\\_(?=[\p{L}\p{N}_])/gu;

/**
 * The text of a document as features see it. Prose: letters typed in Unicode styles plain, NFC, without what cannot be
 * seen, without addresses, tags and lines at the ends that only ask to subscribe; code in fences, indented blocks and
 * spans stays as it is. Code: as it is, without a byte order mark.
 *
 * Lines end with a line feed, and there are as many of them as before: lines of the cleaned text are lines of the
 * document. Nothing is folded to ASCII or lower case. Cleaning twice is cleaning once.
 */
export function clean(document: RawDocument): CleanedText {
  switch (document.kind) {
    case 'article': {
      const { markdown, language } = document.content;
      const text = untilStable(unified(markdown), (source) => withoutBoilerplate(cleanMarkdown(source)));
      return { text, form: 'prose', title: cleanLine(document.title), language };
    }
    case 'post': {
      const text = untilStable(unified(document.content.text), (source) => withoutBoilerplate(cleanPost(source)));
      return { text, form: 'prose', title: cleanLine(document.title) };
    }
    case 'code': {
      const { language, text, path } = document.content;
      if (markdownLanguages.has(language)) {
        return { text: untilStable(unified(text), cleanMarkdown), form: 'prose', title: path, language };
      }
      return { text: unified(text), form: 'code', title: path, language };
    }
  }
}

/** What people type into a search field or a title, with the same letters as in cleaned prose. */
export function cleanLine(text: string): string;
export function cleanLine(text: string | undefined): string | undefined;
export function cleanLine(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return untilStable(text.toWellFormed(), plainCharacters).replace(/\s+/g, ' ').trim();
}

function unified(text: string): string {
  const withoutMark = text.startsWith('\uFEFF') ? text.replace(/^\uFEFF+/, '') : text;
  return withoutMark.replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n').toWellFormed();
}

/**
 * What one step takes out can make sense of what stood around it (a zero-width space between two backticks), so that a
 * second pass would see more. A text that does not settle was made to be like that, and stays as it is.
 */
function untilStable(text: string, pass: (text: string) => string): string {
  let current = text;
  for (let passes = 0; passes < mostPasses; passes++) {
    const next = pass(current);
    if (next === current) return current;
    current = next;
  }
  return text;
}

function cleanMarkdown(text: string): string {
  return outsideCode(text, (prose) => withoutAddresses(withoutTags(unescaped(plainCharacters(prose)))));
}

function cleanPost(text: string): string {
  return outsideCode(text, (prose) => withoutAddresses(plainCharacters(prose)));
}

function plainCharacters(text: string): string {
  const visible = withoutInvisible(text);
  return nonAscii.test(visible) ? plainLetters(visible).normalize('NFC') : visible;
}

/** An underscore inside a word needs no escape, and with one the word would be two. */
function unescaped(text: string): string {
  return text.includes('\\_') ? text.replace(escapedUnderscore, '_') : text;
}

/** Puts a mark in place of each piece of code, and of what looks like a mark, so that patterns can reach over it. */
function outsideCode(text: string, change: (prose: string) => string): string {
  const regions = codeRegions(text);
  if (regions.length === 0 && !/[\uE000\uE001]/.test(text)) return change(text);
  const kept: string[] = [];
  const keep = (piece: string) => `\uE000${kept.push(piece) - 1}\uE001`;
  const parts: string[] = [];
  let position = 0;
  for (const { start, end } of [...regions, { start: text.length, end: text.length }]) {
    parts.push(text.slice(position, start).replace(/[\uE000\uE001]/g, keep));
    if (end > start) parts.push(keep(text.slice(start, end)));
    position = end;
  }
  return change(parts.join('')).replace(/\uE000(\d+)\uE001/g, (_mark, index: string) => kept[Number(index)] ?? '');
}
