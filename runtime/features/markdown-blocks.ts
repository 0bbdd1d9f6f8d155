import type { Span } from './chunk-draft.ts';

type BlockType = 'heading' | 'fence' | 'indented' | 'row' | 'item' | 'quote' | 'html' | 'break' | 'paragraph';

/** From the first to the last line of a block that is not blank, without the last line feed. */
export interface Block extends Span {
  readonly type: BlockType;
  /** Of a heading: 1–6, and what it says without markup. */
  readonly heading?: { readonly level: number; readonly text: string };
}

interface Line extends Span {
  /** Columns before the first character, a tab going to the next multiple of four. */
  readonly indent: number;
  readonly blank: boolean;
}

const atxHeading = /^[ \t]*(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$/;
const setextUnderline = /^ {0,3}(=+|-+)[ \t]*$/;
const thematicBreak = /^[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const listMarker = /^[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)/;
const fenceOpening = /^[ \t]*(`{3,}(?=[^`]*$)|~{3,})/;
const tableDelimiter = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const htmlOpening = /^[ \t]*<(?:[A-Za-z/!?])/;
/** Nothing that opens a block is longer than this; what is longer is not looked at with a pattern. */
const longestOpening = 1000;

/**
 * The blocks of a Markdown text in order; together they hold every character that is not white space.
 *
 * It reads what CommonMark and GitHub's tables call a block at the top level: ATX and setext headings, backtick and
 * tilde fences, indented code, tables (a block a row), list items (each with everything nested in it), quotes, HTML,
 * thematic breaks and paragraphs with lazy continuation. It does not look into quotes and items, nor for link reference
 * definitions, which come as paragraphs. Every line is looked at a bounded number of times.
 */
export function markdownBlocks(text: string): Block[] {
  return new BlockScanner(text).scan();
}

class BlockScanner {
  readonly #text: string;
  readonly #blocks: Block[] = [];
  #next = 0;
  #line: Line | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#advance();
  }

  scan(): Block[] {
    let afterBlank = true;
    while (this.#line !== undefined) {
      if (this.#line.blank) {
        afterBlank = true;
        this.#advance();
        continue;
      }
      this.#block(this.#line, afterBlank);
      afterBlank = false;
    }
    return this.#blocks;
  }

  #block(line: Line, afterBlank: boolean): void {
    if (line.indent >= 4 && afterBlank) {
      this.#indented(line);
      return;
    }
    const opening = this.#opening(line);
    switch (opening) {
      case 'heading':
        this.#heading(line);
        break;
      case 'fence':
        this.#push('fence', line.start, this.#skipFence(line));
        break;
      case 'break':
        this.#advance();
        this.#push('break', line.start, line.end);
        break;
      case 'item':
        this.#item(line);
        break;
      case 'quote':
      case 'html':
        this.#push(opening, line.start, this.#skipContinuation(line.end));
        break;
      default:
        this.#paragraph(line);
    }
  }

  /** What the line begins, were it the first of a block. */
  #opening(line: Line): BlockType | undefined {
    const first = this.#text[line.start + leadingSpaces(this.#text, line)];
    switch (first) {
      case '#':
        return line.indent < 4 && atxHeading.test(this.#source(line)) ? 'heading' : undefined;
      case '`':
      case '~':
        return fenceOpening.test(this.#source(line)) ? 'fence' : undefined;
      case '>':
        return 'quote';
      case '<':
        return htmlOpening.test(this.#source(line)) ? 'html' : undefined;
      case '-':
      case '*':
      case '_':
      case '+':
        if (thematicBreak.test(this.#source(line))) return 'break';
        return first !== '_' && listMarker.test(this.#source(line)) ? 'item' : undefined;
      default:
        return first !== undefined && first >= '0' && first <= '9' && listMarker.test(this.#source(line))
          ? 'item'
          : undefined;
    }
  }

  #heading(line: Line): void {
    const match = atxHeading.exec(this.#source(line));
    this.#advance();
    this.#push('heading', line.start, line.end, { level: match?.[1]?.length ?? 1, text: plain(match?.[2] ?? '') });
  }

  /** Consumes a fence. @returns where its last line ends */
  #skipFence(opening: Line): number {
    const marker = fenceOpening.exec(this.#source(opening))?.[1] ?? '```';
    let end = opening.end;
    this.#advance();
    while (this.#line !== undefined) {
      const line = this.#line;
      this.#advance();
      if (!line.blank) end = line.end;
      const from = line.start + leadingSpaces(this.#text, line);
      if (this.#text.startsWith(marker, from) && onlyMarker(this.#text, from, line.end, marker[0])) break;
    }
    return end;
  }

  #indented(first: Line): void {
    let end = first.end;
    while (this.#line !== undefined && (this.#line.blank || this.#line.indent >= 4)) {
      if (!this.#line.blank) end = this.#line.end;
      this.#advance();
    }
    this.#push('indented', first.start, end);
  }

  /** An item goes on over what is indented below it, and over lazy lines that follow without a blank one. */
  #item(first: Line): void {
    let end = first.end;
    let afterBlank = false;
    this.#advance();
    while (this.#line !== undefined) {
      const line: Line = this.#line;
      if (line.blank) {
        afterBlank = true;
        this.#advance();
        continue;
      }
      const nested = line.indent > first.indent + 1;
      const opening = this.#opening(line);
      if (!nested && (afterBlank || opening !== undefined)) break;
      afterBlank = false;
      if (opening === 'fence') {
        end = this.#skipFence(line);
      } else {
        end = line.end;
        this.#advance();
      }
    }
    this.#push('item', first.start, end);
  }

  #paragraph(first: Line): void {
    this.#advance();
    const second = this.#line;
    if (second !== undefined && !second.blank && this.#isTable(first, second)) {
      this.#table(first, second);
      return;
    }
    const end = this.#skipContinuation(first.end);
    const underline = this.#line;
    if (underline === undefined || underline.blank || !setextUnderline.test(this.#source(underline))) {
      this.#push('paragraph', first.start, end);
      return;
    }
    const level = this.#source(underline).trimStart().startsWith('=') ? 1 : 2;
    this.#advance();
    this.#push('heading', first.start, underline.end, { level, text: plain(this.#text.slice(first.start, end)) });
  }

  /** Consumes lines up to a blank one or one that begins another block. @returns where the last one ends */
  #skipContinuation(firstEnd: number): number {
    let end = firstEnd;
    if (this.#line?.end === firstEnd) this.#advance();
    while (this.#line !== undefined && !this.#line.blank) {
      const line = this.#line;
      if (line.indent < 4 && this.#opening(line) !== undefined) break;
      if (setextUnderline.test(this.#source(line))) break;
      end = line.end;
      this.#advance();
    }
    return end;
  }

  #isTable(header: Line, delimiter: Line): boolean {
    const source = this.#source(delimiter);
    return (
      source.includes('|') && tableDelimiter.test(source) && this.#text.slice(header.start, header.end).includes('|')
    );
  }

  /** The header and its delimiter are one row, so that no chunk begins between them. */
  #table(header: Line, delimiter: Line): void {
    this.#push('row', header.start, delimiter.end);
    this.#advance();
    while (this.#line !== undefined && !this.#line.blank) {
      const row: Line = this.#line;
      const bar = this.#text.indexOf('|', row.start);
      if (bar === -1 || bar >= row.end) break;
      this.#push('row', row.start, row.end);
      this.#advance();
    }
  }

  #push(type: BlockType, start: number, end: number, heading?: Block['heading']): void {
    this.#blocks.push(heading === undefined ? { type, start, end } : { type, start, end, heading });
  }

  #source(line: Line): string {
    return this.#text.slice(line.start, Math.min(line.end, line.start + longestOpening));
  }

  #advance(): void {
    if (this.#next > this.#text.length) {
      this.#line = undefined;
      return;
    }
    const start = this.#next;
    const feed = this.#text.indexOf('\n', start);
    const end = feed === -1 ? this.#text.length : feed;
    this.#next = end + 1;
    this.#line = { start, end, ...indentation(this.#text, start, end) };
  }
}

function indentation(text: string, start: number, end: number): { indent: number; blank: boolean } {
  let indent = 0;
  for (let position = start; position < end; position++) {
    const unit = text.charCodeAt(position);
    if (unit === 0x20) indent++;
    else if (unit === 0x09) indent += 4 - (indent % 4);
    else return { indent, blank: unit > 0x7f && text.slice(position, end).trim() === '' };
  }
  return { indent, blank: true };
}

function leadingSpaces(text: string, line: Span): number {
  let position = line.start;
  while (position < line.end && (text[position] === ' ' || text[position] === '\t')) position++;
  return position - line.start;
}

function onlyMarker(text: string, start: number, end: number, marker: string | undefined): boolean {
  let position = start;
  while (position < end && text[position] === marker) position++;
  while (position < end && (text[position] === ' ' || text[position] === '\t')) position++;
  return position === end;
}

/** A heading as a breadcrumb shows it. */
function plain(heading: string): string {
  const text = heading
    .slice(0, longestOpening)
    .replace(/[*`~]+|(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length <= 200 ? text : `${text.slice(0, 199).toWellFormed()}…`;
}
