import type { Span } from './chunk-draft.ts';
import { isWhite } from './code-units.ts';
import { SpanSplitter } from './split-span.ts';

interface Line extends Span {
  readonly size: number;
  /** Lower is better: columns of indentation, less for a line after a blank one. */
  readonly cost: number;
}

/** What a blank line before it is worth, in columns of indentation. */
const blankLineBonus = 5;
/** No chunk is cut off before this part of it is filled. */
const leastFilled = 0.5;

/**
 * Cuts a text without a grammar where its layout says so: before the least indented line in the second half of a chunk,
 * rather after a blank line. A line over the limit is cut between words, else between graphemes.
 * @param largest in characters that are not white space
 */
export function chunkLines(text: string, largest: number, graphemes: Intl.Segmenter): Span[] {
  const splitter = new SpanSplitter(text, (start, end, budget) => fit(text, start, end, budget), graphemes);
  const chunks: Span[] = [];
  let open: Line[] = [];
  let size = 0;
  for (const line of lines(text, largest, splitter)) {
    // A single grapheme may be over the limit.
    while (open.length > 0 && size + line.size > largest) {
      const kept = bestBreak([...open, line], largest);
      chunks.push(spanOf(open.slice(0, kept)));
      open = open.slice(kept);
      size = open.reduce((total, each) => total + each.size, 0);
    }
    open.push(line);
    size += line.size;
  }
  if (open.length > 0) chunks.push(spanOf(open));
  return chunks;
}

/** @returns how many lines the chunk keeps: at least one, and never the last, which does not fit */
function bestBreak(candidates: readonly Line[], largest: number): number {
  let best = candidates.length - 1;
  let bestCost = Number.POSITIVE_INFINITY;
  let filled = 0;
  for (const [index, line] of candidates.entries()) {
    if (index > 0 && (filled >= largest * leastFilled || index === candidates.length - 1) && line.cost <= bestCost) {
      best = index;
      bestCost = line.cost;
    }
    filled += line.size;
  }
  return best;
}

function spanOf(part: readonly Line[]): Span {
  return { start: part[0]?.start ?? 0, end: part.at(-1)?.end ?? 0 };
}

/** Lines that are not blank, without the white space behind them; those over the limit in pieces. */
function* lines(text: string, largest: number, splitter: SpanSplitter): Generator<Line> {
  let blankBefore = false;
  let start = 0;
  while (start < text.length) {
    const feed = text.indexOf('\n', start);
    const lineEnd = feed === -1 ? text.length : feed;
    let first = start;
    while (first < lineEnd && isWhite(text.charCodeAt(first))) first++;
    let end = lineEnd;
    while (end > first && isWhite(text.charCodeAt(end - 1))) end--;
    if (first === end) {
      blankBefore = true;
    } else {
      const size = inkedIn(text, first, end);
      const cost = first - start - (blankBefore ? blankLineBonus : 0);
      if (size <= largest) yield { start, end, size, cost };
      else {
        for (const part of splitter.split({ start: first, end }, largest)) {
          yield { ...part, size: inkedIn(text, part.start, part.end), cost };
        }
      }
      blankBefore = false;
    }
    start = lineEnd + 1;
  }
}

function inkedIn(text: string, start: number, end: number): number {
  let count = 0;
  for (let position = start; position < end; position++) if (!isWhite(text.charCodeAt(position))) count++;
  return count;
}

function fit(text: string, start: number, end: number, budget: number): number {
  let count = 0;
  for (let position = start; position < end; position++) {
    if (!isWhite(text.charCodeAt(position)) && ++count > budget) return Math.max(position, start + 1);
  }
  return end;
}
