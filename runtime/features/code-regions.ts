import type { Span } from './chunk-draft.ts';
import { markdownBlocks } from './markdown-blocks.ts';

const fenceOpening = /^(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*(`{3,100}(?=[^`\n]*$)|~{3,100})[^\n]*$/gm;
const indentedLine = /^(?: {4}|\t)/m;

/**
 * Where a Markdown text holds code, in order: fences (also in lists and quotes; an open one goes to the end), indented
 * blocks, and code spans, which are looked for within a line.
 */
export function codeRegions(text: string): Span[] {
  const hasSpans = text.includes('`');
  const fences = hasSpans || text.includes('~~~') ? fencedRegions(text) : [];
  const blocks = indentedLine.test(text) ? merge(fences, indentedRegions(text)) : fences;
  if (!hasSpans) return blocks;
  const regions: Span[] = [];
  let position = 0;
  for (const block of blocks) {
    collectSpans(text, position, block.start, regions);
    regions.push(block);
    position = block.end;
  }
  collectSpans(text, position, text.length, regions);
  return regions;
}

function fencedRegions(text: string): Span[] {
  const regions: Span[] = [];
  fenceOpening.lastIndex = 0;
  for (let match = fenceOpening.exec(text); match !== null; match = fenceOpening.exec(text)) {
    const marker = match[1] ?? '```';
    const closing = new RegExp(`^[ \\t>]*${marker}${marker[0]}*[ \\t]*$`, 'gm');
    closing.lastIndex = fenceOpening.lastIndex;
    const end = closing.exec(text) === null ? text.length : closing.lastIndex;
    regions.push({ start: match.index, end });
    fenceOpening.lastIndex = end;
  }
  return regions;
}

function indentedRegions(text: string): Span[] {
  return markdownBlocks(text)
    .filter(({ type }) => type === 'indented')
    .map(({ start, end }) => ({ start, end }));
}

/** What overlaps becomes one. */
function merge(first: readonly Span[], second: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of [...first, ...second].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && span.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else merged.push(span);
  }
  return merged;
}

/** Runs of backticks pair with the next run of the same length in their line. */
function collectSpans(text: string, start: number, end: number, regions: Span[]): void {
  let runs: Span[] = [];
  let position = text.indexOf('`', start);
  let lineEnd = -1;
  while (position !== -1 && position < end) {
    if (position > lineEnd) {
      collectPaired(runs, regions);
      runs = [];
      const feed = text.indexOf('\n', position);
      lineEnd = feed === -1 ? text.length : feed;
    }
    let runEnd = position + 1;
    while (runEnd < end && text[runEnd] === '`') runEnd++;
    runs.push({ start: position, end: runEnd });
    position = text.indexOf('`', runEnd);
  }
  collectPaired(runs, regions);
}

function collectPaired(runs: readonly Span[], regions: Span[]): void {
  const nextOfLength = new Map<number, number>();
  const partners: (number | undefined)[] = [];
  for (let index = runs.length - 1; index >= 0; index--) {
    const run = runs[index];
    if (run === undefined) continue;
    const length = run.end - run.start;
    partners[index] = nextOfLength.get(length);
    nextOfLength.set(length, index);
  }
  for (let index = 0; index < runs.length; index++) {
    const opening = runs[index];
    const partner = partners[index];
    const closing = partner === undefined ? undefined : runs[partner];
    if (opening === undefined || partner === undefined || closing === undefined) continue;
    regions.push({ start: opening.start, end: closing.end });
    index = partner;
  }
}
