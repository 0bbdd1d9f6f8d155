import type { Tree, TreeCursor } from '@vscode/tree-sitter-wasm';
import type { Span } from './chunk-draft.ts';
import { definedName, wrappedName } from './code-scopes.ts';
import { SpanSplitter } from './split-span.ts';

/** A node of the syntax tree that is small enough for a chunk, or a piece of one that has no children. */
export interface CodeUnit extends Span {
  /** Characters that are not white space. */
  readonly size: number;
  /** Names of the definitions around it, from the outside in, and its own. */
  readonly scope: readonly string[];
  /** How many of `scope` are around it. */
  readonly depth: number;
  /** It says nothing about where it is: a comment, a decorator, a keyword, a bracket. */
  readonly isNeutral: boolean;
  /** It belongs to what follows. */
  joinsNext: boolean;
}

const preamble = /comment|decorator|attribute_item|^annotation$|^marker_annotation$/;
const opens = /[{([:]$/;
const closes = /^[)\]};,]{1,4}$/;

/** The units of a tree in order: together all of the text that is not white space. */
export function codeUnits(text: string, tree: Tree, largest: number, graphemes: Intl.Segmenter): CodeUnit[] {
  const cursor = tree.walk();
  try {
    return new UnitCollector(text, largest, graphemes).collect(cursor);
  } finally {
    cursor.delete();
  }
}

class UnitCollector {
  readonly #text: string;
  readonly #largest: number;
  /** How many characters before an offset are not white space. */
  readonly #inked: Uint32Array;
  readonly #splitter: SpanSplitter;
  readonly #units: CodeUnit[] = [];
  readonly #preambles = new Set<CodeUnit>();
  #covered = 0;

  constructor(text: string, largest: number, graphemes: Intl.Segmenter) {
    this.#text = text;
    this.#largest = largest;
    this.#inked = inkedBefore(text);
    this.#splitter = new SpanSplitter(text, (start, end, budget) => this.#fit(start, end, budget), graphemes);
  }

  /** Without recursion: `a + a + …` nests as deep as it is long. */
  collect(cursor: TreeCursor): CodeUnit[] {
    const scopes: (readonly string[])[] = [];
    let scope: readonly string[] = [];
    let inside = true;
    while (inside) {
      const { startIndex, endIndex } = cursor;
      if (this.#size(startIndex, endIndex) > this.#largest) {
        const name = cursor.nodeIsNamed ? definedName(cursor.currentNode) : undefined;
        const inner = name === undefined ? scope : [...scope, name];
        if (cursor.gotoFirstChild()) {
          scopes.push(scope);
          scope = inner;
          continue;
        }
        this.#push({ start: startIndex, end: endIndex }, inner, scope.length, false);
      } else if (endIndex > startIndex) {
        this.#pushNode(cursor, scope);
      }
      while (!cursor.gotoNextSibling()) {
        const outer = scopes.pop();
        if (outer === undefined || !cursor.gotoParent()) {
          inside = false;
          break;
        }
        scope = outer;
      }
    }
    this.#push({ start: this.#text.length, end: this.#text.length }, [], 0, false);
    this.#join();
    return this.#units;
  }

  #pushNode(cursor: TreeCursor, scope: readonly string[]): void {
    const isPreamble = preamble.test(cursor.nodeType);
    const name = isPreamble || !cursor.nodeIsNamed ? undefined : wrappedName(cursor.currentNode);
    this.#push(
      { start: cursor.startIndex, end: cursor.endIndex },
      name === undefined ? scope : [...scope, name],
      scope.length,
      isPreamble || !cursor.nodeIsNamed,
    );
    const pushed = this.#units.at(-1);
    if (isPreamble && pushed !== undefined) this.#preambles.add(pushed);
  }

  /** Adds what no node covers before it as well: nothing of a text may be lost to a grammar. */
  #push(span: Span, scope: readonly string[], depth: number, isNeutral: boolean): void {
    const gap = this.#trimmed(this.#covered, span.start);
    if (gap !== undefined) this.#add(gap, scope.slice(0, depth), depth, true);
    const inked = this.#trimmed(Math.max(span.start, this.#covered), span.end);
    if (inked !== undefined) this.#add(inked, scope, depth, isNeutral);
    this.#covered = Math.max(this.#covered, span.end);
  }

  #add(span: Span, scope: readonly string[], depth: number, isNeutral: boolean): void {
    const parts = this.#size(span.start, span.end) > this.#largest ? this.#splitter.split(span, this.#largest) : [span];
    for (const { start, end } of parts) {
      this.#units.push({ start, end, size: this.#size(start, end), scope, depth, isNeutral, joinsNext: false });
    }
  }

  #join(): void {
    for (let index = 0; index + 1 < this.#units.length; index++) {
      const unit = this.#units[index];
      const next = this.#units[index + 1];
      if (unit === undefined || next === undefined) continue;
      const feeds = this.#feedsBetween(unit.end, next.start);
      const startsLine = index === 0 || this.#feedsBetween(this.#units[index - 1]?.end ?? 0, unit.start) > 0;
      unit.joinsNext =
        feeds === 0 ||
        (feeds === 1 && startsLine && this.#preambles.has(unit)) ||
        opens.test(this.#text.slice(unit.end - 1, unit.end)) ||
        (next.end - next.start <= 4 && closes.test(this.#text.slice(next.start, next.end)));
    }
  }

  #feedsBetween(start: number, end: number): number {
    let feeds = 0;
    for (let position = start; position < end && feeds < 2; position++) if (this.#text[position] === '\n') feeds++;
    return feeds;
  }

  #trimmed(start: number, end: number): Span | undefined {
    if (end <= start || this.#size(start, end) === 0) return undefined;
    let first = start;
    let last = end;
    while (this.#size(first, first + 1) === 0) first++;
    while (this.#size(last - 1, last) === 0) last--;
    return { start: first, end: last };
  }

  #size(start: number, end: number): number {
    return (this.#inked[end] ?? 0) - (this.#inked[start] ?? 0);
  }

  #fit(start: number, end: number, budget: number): number {
    let low = start + 1;
    let high = end;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#size(start, middle) <= budget) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function inkedBefore(text: string): Uint32Array {
  const counts = new Uint32Array(text.length + 1);
  let count = 0;
  for (let position = 0; position < text.length; position++) {
    if (!isWhite(text.charCodeAt(position))) count++;
    counts[position + 1] = count;
  }
  return counts;
}

/** As `\s` has it. */
export function isWhite(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  return (
    unit === 0xa0 ||
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000 ||
    unit === 0xfeff
  );
}
