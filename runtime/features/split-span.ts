import type { Span } from './chunk-draft.ts';

/** How far a text goes before it holds more than `budget`: an offset after `start`, at most `end`. */
export type Fit = (start: number, end: number, budget: number) => number;

const white = /\s/;

/** Cuts what is over budget where it hurts least: between lines, else between words, else between graphemes. */
export class SpanSplitter {
  readonly #text: string;
  readonly #fit: Fit;
  readonly #graphemes: Intl.Segmenter;

  constructor(text: string, fit: Fit, graphemes: Intl.Segmenter) {
    this.#text = text;
    this.#fit = fit;
    this.#graphemes = graphemes;
  }

  /**
   * @returns spans in order, each within the budget, that hold everything but white space. One that begins at a line
   *   keeps its indentation.
   */
  split(span: Span, budget: number): Span[] {
    const parts: Span[] = [];
    let start = span.start;
    while (start < span.end) {
      const cut = this.#cut(start, span.end, budget);
      const end = this.#trimEnd(start, cut);
      if (end > start) parts.push({ start, end });
      start = this.#nextStart(cut, span.end);
    }
    return parts;
  }

  #cut(start: number, end: number, budget: number): number {
    const reach = this.#fit(start, end, budget);
    if (reach >= end) return end;
    // Not in the whole text: without a line feed that would be a search back to its beginning for every cut.
    const feed = this.#text.slice(start, reach + 1).lastIndexOf('\n');
    if (feed > 0) return start + feed;
    for (let position = reach; position > start; position--) {
      if (white.test(this.#text[position] ?? '')) return position;
    }
    return this.#graphemeBoundary(start, end, reach);
  }

  /** The last one in reach, or the end of the first grapheme where that alone is out of reach. */
  #graphemeBoundary(start: number, end: number, reach: number): number {
    const window = this.#text.slice(start, Math.min(end, reach + 64));
    const segments = this.#graphemes.segment(window);
    const within = segments.containing(Math.min(reach - start, window.length - 1));
    if (within === undefined) return end;
    return within.index > 0 ? start + within.index : start + within.segment.length;
  }

  #nextStart(cut: number, end: number): number {
    let position = cut;
    while (position < end && white.test(this.#text[position] ?? '')) position++;
    const feed = this.#text.slice(cut, position).lastIndexOf('\n');
    return position === end || feed === -1 ? position : cut + feed + 1;
  }

  #trimEnd(start: number, end: number): number {
    let position = end;
    while (position > start && white.test(this.#text[position - 1] ?? '')) position--;
    return position;
  }
}
