import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Change } from '../../runtime/domain/change.ts';
import type { CrawlJob } from '../../runtime/domain/crawl-job.ts';
import { authorId, documentId } from '../../runtime/domain/identity.ts';
import { IngestRun } from '../../runtime/entry/ingest-run.ts';
import type { CrawlOutcome } from '../../runtime/stages/crawl-stage.ts';
import type { Indexed } from '../../runtime/stages/index-stage.ts';

const runId = '00000000-0000-4000-8000-000000000001';
const otherRun = '00000000-0000-4000-8000-000000000002';
const none = { created: 0, updated: 0, unchanged: 0, deleted: 0, failed: 0 };

function jobFor(url: string, run = runId): CrawlJob {
  return { version: 1, task: 'fetch', url, platform: 'web', authorId: authorId('Ada'), runId: run };
}

function written(result: 'created' | 'updated' | 'deleted', name: string): CrawlOutcome {
  return { result, documentId: documentId('web', name), link: name };
}

function changeOf(name: string): Change {
  const occurredAt = '2026-01-01T00:00:00.000Z';
  return {
    version: 1,
    collection: 'articles',
    documentId: documentId('web', name),
    operation: 'upsert',
    revision: 1,
    occurredAt,
  };
}

function indexedOf(name: string, changes: Partial<Indexed> = {}): Indexed {
  const counts = { chunks: 3, embedded: 2, reused: 1, removed: 4, freshnessMs: 5 };
  return { documentId: documentId('web', name), result: 'indexed', ...counts, ...changes };
}

/** Whether all jobs are over, without waiting for them. */
async function isOver(run: IngestRun): Promise<boolean> {
  return await Promise.race([run.allCrawled().then(() => true), Promise.resolve(false).then((over) => over)]);
}

const site = jobFor('https://ada.example/');
const busy = { reason: 'retries_exhausted', message: 'the server is busy' };

describe('An ingest run', () => {
  test('waits for the jobs that a job was expanded into, and counts them for its source', async () => {
    const run = new IngestRun(runId);
    const found = (url: string): CrawlJob => ({
      ...jobFor(url),
      discovery: { root: site.url, requestedAt: '2026-01-01T00:00:00.000Z' },
    });
    const [first, second] = [found('https://ada.example/1'), found('https://ada.example/2')];
    run.expect('ada.example', site);
    run.started(site);
    run.found(site, { result: 'unchanged', documents: 3 });
    run.expanded(site, [first, second]);
    // A listing may be read twice, as after a crash.
    run.expanded(site, [first]);
    run.finished(site);
    assert.equal(await isOver(run), false);
    run.started(first);
    run.found(first, written('created', 'a'));
    run.finished(first);
    assert.equal(await isOver(run), false);
    run.started(second);
    run.failed(second, busy);
    run.expanded(site, [first]);
    assert.equal(await isOver(run), true);
    assert.deepEqual(run.results(), [
      {
        source: 'ada.example',
        platform: 'web',
        status: 'partial',
        documents: { ...none, created: 1, unchanged: 3, failed: 1 },
        errors: [{ link: second.url, ...busy }],
      },
    ]);
  });

  test('counts a link that two sources lead to for both, as the queue has it once', async () => {
    const run = new IngestRun(runId);
    const feed = jobFor('https://ada.example/feed.xml');
    const post = jobFor('https://ada.example/post');
    const under = (root: CrawlJob): CrawlJob => ({
      ...post,
      discovery: { root: root.url, requestedAt: '2026-01-01T00:00:00.000Z' },
    });
    for (const [source, job] of [
      ['site', site],
      ['feed', feed],
      ['post', post],
    ] as const)
      run.expect(source, job);
    for (const root of [site, feed]) {
      run.started(root);
      run.expanded(root, [under(root)]);
      run.finished(root);
    }
    run.started(under(site));
    run.found(under(site), written('created', 'a'));
    run.finished(under(site));
    assert.equal(await isOver(run), true);
    assert.deepEqual(
      run.results().map(({ source, status, documents }) => [source, status, documents.created]),
      [
        ['site', 'ok', 1],
        ['feed', 'ok', 1],
        ['post', 'ok', 1],
      ],
    );
  });

  test('does not wait for jobs that could not be sent', async () => {
    const run = new IngestRun(runId);
    run.expect('ada.example', site);
    run.started(site);
    run.expanded(site, [jobFor('https://ada.example/1')]);
    run.withdrawn(site, [jobFor('https://ada.example/1')]);
    run.failed(site, busy);
    assert.equal(await isOver(run), true);
    assert.equal(run.results()[0]?.status, 'failed');
  });

  test('names the platform that a link turned out to be of', () => {
    const run = new IngestRun(runId);
    run.expect('ada.example', site);
    run.started(site);
    const discovery = { root: site.url, requestedAt: '2026-01-01T00:00:00.000Z' };
    run.expanded(site, [{ ...site, platform: 'substack', discovery }]);
    assert.equal(run.results()[0]?.platform, 'substack');
  });

  test('counts what became of the documents of each source', () => {
    const run = new IngestRun(runId);
    const blog = jobFor('https://grace.example/');
    run.expect('ada.example', site);
    run.expect('grace.example', blog);
    run.started(site);
    run.found(site, written('created', 'a'));
    run.found(site, { result: 'unchanged', documents: 7 });
    run.found(site, { result: 'skipped', link: 'x.png', reason: 'binary' });
    run.started(blog);
    run.found(blog, written('updated', 'b'));
    run.found(blog, written('deleted', 'c'));
    run.found(blog, { result: 'skipped', link: 'y.png', reason: 'binary' });
    run.finished(site);
    run.finished(blog);
    assert.deepEqual(run.results(), [
      {
        source: 'ada.example',
        platform: 'web',
        status: 'ok',
        documents: { ...none, created: 1, unchanged: 7 },
        errors: [],
      },
      {
        source: 'grace.example',
        platform: 'web',
        status: 'ok',
        documents: { ...none, updated: 1, deleted: 1 },
        errors: [],
      },
    ]);
    assert.deepEqual([...run.skipped()], [['binary', 2]]);
    assert.deepEqual(run.progress().crawl, { ...none, created: 1, updated: 1, unchanged: 7, deleted: 1 });
  });

  test('counts nothing twice when a job is tried again', () => {
    const run = new IngestRun(runId);
    run.expect('ada.example', site);
    run.started(site);
    run.found(site, written('created', 'a'));
    run.found(site, written('updated', 'b'));
    run.found(site, { result: 'unchanged', documents: 5 });
    run.found(site, { result: 'rejected', link: 'c', reason: 'paywall', message: 'it costs' });
    run.found(site, { result: 'skipped', link: 'd', reason: 'binary' });
    // The source fails, and the job comes again: what was written is found unchanged.
    run.started(site);
    run.found(site, { result: 'unchanged', documents: 7 });
    run.found(site, { result: 'rejected', link: 'c', reason: 'paywall', message: 'it costs' });
    run.found(site, { result: 'skipped', link: 'd', reason: 'binary' });
    run.found(site, written('created', 'e'));
    run.finished(site);
    const [result] = run.results();
    assert.deepEqual(result?.documents, { created: 2, updated: 1, unchanged: 5, deleted: 0, failed: 1 });
    assert.deepEqual(result?.errors, [{ link: 'c', reason: 'paywall', message: 'it costs' }]);
    assert.equal(result?.status, 'partial');
    assert.deepEqual([...run.skipped()], [['binary', 1]]);
  });

  test('tells both when the same link was given twice, as it is one job', async () => {
    const run = new IngestRun(runId);
    run.expect('ada.example', site);
    run.expect('https://ada.example', site);
    run.started(site);
    run.found(site, written('created', 'a'));
    run.finished(site);
    assert.ok(await isOver(run));
    assert.deepEqual(
      run.results().map(({ source, documents }) => [source, documents.created]),
      [
        ['ada.example', 1],
        ['https://ada.example', 1],
      ],
    );
  });

  test('is over when every job is finished or failed, and not before', async () => {
    const run = new IngestRun(runId);
    const blog = jobFor('https://grace.example/');
    run.expect('ada.example', site);
    run.expect('grace.example', blog);
    assert.ok(!(await isOver(run)));
    run.started(site);
    run.finished(site);
    assert.ok(!(await isOver(run)));
    run.failed(blog, busy);
    assert.ok(await isOver(run));
  });

  test('is over at once when there is no job to wait for', async () => {
    const run = new IngestRun(runId);
    run.refuse('nonsense', { reason: 'not_found', message: 'there is no file nonsense' });
    assert.ok(await isOver(run));
  });

  test('names a refused source, what was wrong with it, and no platform', () => {
    const run = new IngestRun(runId);
    run.refuse('nonsense', { reason: 'not_found', message: 'there is no file nonsense' });
    assert.deepEqual(run.results(), [
      {
        source: 'nonsense',
        platform: null,
        status: 'failed',
        documents: { ...none, failed: 1 },
        errors: [{ link: 'nonsense', reason: 'not_found', message: 'there is no file nonsense' }],
      },
    ]);
  });

  test('has failed where its job is dead-lettered, whatever was stored before', () => {
    const run = new IngestRun(runId);
    run.expect('ada.example', site);
    run.started(site);
    run.found(site, written('created', 'a'));
    run.started(site);
    run.failed(site, busy);
    const [result] = run.results();
    assert.equal(result?.status, 'failed');
    assert.deepEqual(result?.documents, { ...none, created: 1, failed: 1 });
    assert.deepEqual(result?.errors, [{ link: site.url, ...busy }]);
  });

  test('has failed where all that was found was rejected', () => {
    const run = new IngestRun(runId);
    run.expect('ada.example', site);
    run.started(site);
    run.found(site, { result: 'rejected', link: 'c', reason: 'paywall', message: 'it costs' });
    run.finished(site);
    assert.equal(run.results()[0]?.status, 'failed');
  });

  test('is all right where there was nothing to take in', () => {
    const run = new IngestRun(runId);
    run.expect('ada.example', site);
    run.started(site);
    run.finished(site);
    assert.deepEqual([run.results()[0]?.status, run.results()[0]?.documents], ['ok', none]);
  });

  test('is partial where a document was stored and could not be indexed', () => {
    const run = new IngestRun(runId);
    run.expect('ada.example', site);
    run.started(site);
    run.found(site, written('created', 'a'));
    run.finished(site);
    run.indexFailed(changeOf('a'), busy);
    const [result] = run.results();
    assert.equal(result?.status, 'partial');
    assert.deepEqual(result?.errors, [
      { link: documentId('web', 'a'), reason: busy.reason, message: 'not indexed: the server is busy' },
    ]);
  });

  test('adds up what was indexed, and leaves out what was there already', () => {
    const run = new IngestRun(runId);
    run.indexed(indexedOf('a'));
    run.indexed(indexedOf('b', { result: 'current', chunks: 0, embedded: 0, reused: 0, removed: 0 }));
    run.indexed(indexedOf('c', { result: 'removed', chunks: 0, embedded: 0, reused: 0, removed: 3 }));
    run.published(2);
    run.published(1);
    const index = { documents: 2, chunks: 3, embedded: 2, reused: 1, removed: 7 };
    assert.deepEqual(run.index, index);
    assert.deepEqual(run.progress(), { crawl: none, published: 3, index });
  });

  test('does not take the jobs and documents of another run for its own', async () => {
    const run = new IngestRun(runId);
    run.expect('ada.example', site);
    const before = jobFor(site.url, otherRun);
    run.started(before);
    run.found(before, written('created', 'a'));
    run.indexFailed(changeOf('a'), busy);
    run.finished(before);
    assert.ok(!(await isOver(run)));
    run.started(site);
    run.finished(site);
    assert.deepEqual(run.results()[0]?.documents, none);
  });
});
