import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { PageReading } from '../../runtime/crawling/page-reader.ts';
import { openPageThreads } from '../../runtime/entry/page-threads.ts';
import { blogPage } from '../html/pages.ts';

const { signal } = new AbortController();
const pageOf = (text: string) => ({ url: 'https://blog.example/a-text', mediaType: 'text/html', text });
/** Two million elements: far more work and memory than its megabytes let expect. */
const hostile = pageOf(`<article><h1>Boats</h1>${'<p>a'.repeat(2_000_000)}</article>`);
const ordinary = pageOf(blogPage());

/** Reads a hostile page among ordinary ones, and one more when all is over. */
async function readAll(limits: { readonly megabytes: number; readonly milliseconds: number }): Promise<PageReading[]> {
  await using threads = openPageThreads(limits);
  const read = threads.readerFor('web');
  const readings = await Promise.all([ordinary, hostile, ordinary, ordinary].map((page) => read(page, signal)));
  return [...readings, await read(ordinary, signal)];
}

function told(readings: readonly PageReading[]): string[] {
  return readings.map((reading) => (reading.outcome === 'rejected' ? reading.reason : reading.outcome));
}

suite('A hostile page is rejected, and the pages behind it are read,', { timeout: 120_000 }, () => {
  test('when it takes more memory than it may', async () => {
    const readings = await readAll({ megabytes: 64, milliseconds: 60_000 });
    assert.deepEqual(told(readings), ['document', 'too_large', 'document', 'document', 'document']);
  });

  test('when it takes more time than it may', async () => {
    const readings = await readAll({ megabytes: 4_096, milliseconds: 4_000 });
    assert.deepEqual(told(readings), ['document', 'too_costly', 'document', 'document', 'document']);
  });
});
