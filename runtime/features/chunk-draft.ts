import type { Chunk } from '../domain/features.ts';

/** A chunk before it has an identity. */
export type ChunkDraft = Pick<Chunk, 'text' | 'breadcrumb' | 'start' | 'end' | 'startLine' | 'endLine'>;

/** A stretch of a text, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Makes chunks of one text. Spans must come in the order of the text. */
export class ChunkCutter {
  readonly #text: string;
  #line = 1;
  #nextFeed: number;

  constructor(text: string) {
    this.#text = text;
    this.#nextFeed = text.indexOf('\n');
  }

  cut(span: Span, breadcrumb: readonly string[]): ChunkDraft {
    const { start, end } = span;
    const startLine = this.#lineAt(start);
    const endLine = this.#lineAt(end - 1);
    return { text: this.#text.slice(start, end), breadcrumb, start, end, startLine, endLine };
  }

  #lineAt(offset: number): number {
    while (this.#nextFeed !== -1 && this.#nextFeed < offset) {
      this.#line++;
      this.#nextFeed = this.#text.indexOf('\n', this.#nextFeed + 1);
    }
    return this.#line;
  }
}
