import assert from 'node:assert/strict';
import type { ChunkDraft } from '../../runtime/features/chunk-draft.ts';

/** Chunks are slices in order without overlap, hold all that is not white space, and say on which lines they lie. */
export function assertCovers(text: string, chunks: readonly ChunkDraft[]): void {
  let position = 0;
  let line = 1;
  for (const chunk of chunks) {
    assert.ok(
      chunk.start >= position && chunk.end > chunk.start,
      `from ${chunk.start} to ${chunk.end} after ${position}`,
    );
    assert.equal(text.slice(position, chunk.start).trim(), '');
    assert.equal(text.slice(chunk.start, chunk.end), chunk.text);
    line += feeds(text.slice(position, chunk.start));
    assert.equal(chunk.startLine, line);
    line += feeds(chunk.text);
    assert.equal(chunk.endLine, line);
    position = chunk.end;
  }
  assert.equal(text.slice(position).trim(), '');
}

function feeds(text: string): number {
  return text.split('\n').length - 1;
}
