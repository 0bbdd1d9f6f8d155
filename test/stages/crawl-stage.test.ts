import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { type CrawlJob, deduplicationIdOf, groupOf } from '../../runtime/domain/crawl-job.ts';
import type { CrawlState, DocumentDraft } from '../../runtime/domain/documents.ts';
import { RejectedInput, TransientError } from '../../runtime/domain/errors.ts';
import { authorId, documentId } from '../../runtime/domain/identity.ts';
import type { Queue } from '../../runtime/ports/queue.ts';
import type { CrawlContext, Crawled, Source } from '../../runtime/ports/source.ts';
import {
  type CrawlObserver,
  type CrawlOptions,
  type CrawlOutcome,
  CrawlStage,
} from '../../runtime/stages/crawl-stage.ts';
import { codeDraftOf, day, draftOf } from '../odm/draft.ts';
import { silent } from './queues.ts';
import { crawlQueueOf, TestWorkspace, until, whileRunning } from './workspace.ts';

const site = 'https://ada.example/';
const page = `${site}page`;
const ada = authorId('Ada');

function jobFor(changes: Partial<CrawlJob> = {}): CrawlJob {
  return { version: 1, task: 'fetch', url: site, platform: 'web', authorId: ada, runId: randomUUID(), ...changes };
}

/** A source of the web that does what it is told. */
function sourceOf(crawl: (job: CrawlJob, context: CrawlContext) => AsyncIterable<Crawled>): Source {
  return { platform: 'web', taskFor: async () => 'fetch', crawl };
}

/** A source that finds this and nothing else. */
function finding(...found: readonly Crawled[]): Source {
  return sourceOf(async function* () {
    yield* found;
  });
}

function documentOf(draft: DocumentDraft, validators: CrawlState['validators'] = { etag: '"1"' }): Crawled {
  const state = { key: draft.naturalKey, scope: site, validators, lastResult: 'stored' };
  return { outcome: 'document', draft, state };
}

/** Everything that a crawl said it did. */
class Diary implements CrawlObserver {
  readonly outcomes: CrawlOutcome[] = [];
  readonly events: string[] = [];

  started(): void {
    this.events.push('started');
  }
  found(_job: CrawlJob, outcome: CrawlOutcome): void {
    this.events.push(outcome.result);
    this.outcomes.push(outcome);
  }
  expanded(_job: CrawlJob, into: readonly CrawlJob[]): void {
    for (const { task, url } of into) this.events.push(`${task} ${url}`);
  }
  withdrawn(_job: CrawlJob, into: readonly CrawlJob[]): void {
    for (const { task, url } of into) this.events.push(`not ${task} ${url}`);
  }
  finished(): void {
    this.events.push('finished');
  }
  retrying(): void {
    this.events.push('retrying');
  }
  failed(_job: CrawlJob, { reason }: { readonly reason: string }): void {
    this.events.push(`failed: ${reason}`);
  }

  get isOver(): boolean {
    return this.events.some((event) => event === 'finished' || event.startsWith('failed'));
  }
}

async function send(queue: Queue<CrawlJob>, job: CrawlJob): Promise<void> {
  await queue.send([{ body: job, group: groupOf(job), deduplicationId: deduplicationIdOf(job) }]);
}

type Chosen = Partial<CrawlOptions> & { readonly queue: Queue<CrawlJob>; readonly sources: readonly Source[] };

function stageOf({ documents, states, repositories }: TestWorkspace, chosen: Chosen): CrawlStage {
  const stores = { documents, states, repositories };
  return new CrawlStage({ ...stores, logger: silent, concurrency: 4, maxAttempts: 3, allowLocal: false, ...chosen });
}

/** Works off one job to its end, whatever that is. */
async function crawl(
  workspace: TestWorkspace,
  queue: Queue<CrawlJob>,
  source: Source,
  { job = jobFor(), ...options }: Partial<CrawlOptions> & { readonly job?: CrawlJob } = {},
): Promise<Diary> {
  const diary = new Diary();
  await send(queue, job);
  const stage = stageOf(workspace, { queue, sources: [source], observer: diary, ...options });
  await whileRunning(stage, () => until('the job is done', () => diary.isOver));
  return diary;
}

describe('The crawl stage', { concurrency: true, timeout: 60_000 }, () => {
  test('acknowledges a job when all that it found is stored, and not before', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const hold = Promise.withResolvers<void>();
    const source = sourceOf(async function* () {
      yield documentOf(draftOf(page, 'text'));
      await hold.promise;
    });
    const diary = new Diary();
    await send(queue, jobFor());
    await whileRunning(stageOf(workspace, { queue, sources: [source], observer: diary }), async () => {
      await until('the document is found', () => diary.outcomes.length === 1);
      const stored = await workspace.documents.get('articles', documentId('web', page));
      assert.deepEqual(stored?.content, { markdown: 'text' });
      assert.deepEqual(await queue.depth(), { visible: 0, inFlight: 1, dead: 0 });
      hold.resolve();
      await until('the job is removed', async () => (await queue.depth()).inFlight === 0);
    });
    assert.deepEqual(diary.events, ['started', 'created', 'finished']);
    assert.deepEqual(await queue.depth(), { visible: 0, inFlight: 0, dead: 0 });
  });

  test('makes jobs of the links that a job finds, which know what was asked for and when', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const jobs: CrawlJob[] = [];
    const source = sourceOf(async function* (job) {
      jobs.push(job);
      if (job.task === 'discover') {
        yield { outcome: 'job', task: 'discover', url: `${site}more` };
      } else if (job.url === page) {
        return;
      }
      yield { outcome: 'job', task: 'fetch', url: page, lastmod: '2026-01-01', unlisted: true };
      yield { outcome: 'job', task: 'fetch', url: page };
    });
    const diary = new Diary();
    const first = jobFor({ task: 'discover' });
    const before = new Date().toISOString();
    await send(queue, first);
    await whileRunning(stageOf(workspace, { queue, sources: [source], observer: diary }), () =>
      until('all three are done', () => diary.events.filter((event) => event === 'finished').length === 3),
    );
    assert.deepEqual(
      jobs.map(({ task, url }) => `${task} ${url}`).sort(),
      [`discover ${site}`, `discover ${site}more`, `fetch ${page}`],
      'the same link in one run is one job',
    );
    const fetched = jobs.find(({ url }) => url === page);
    assert.ok(fetched?.discovery);
    assert.equal(fetched.runId, first.runId);
    assert.equal(fetched.authorId, first.authorId);
    assert.equal(fetched.discovery.root, site);
    assert.equal(fetched.discovery.lastmod, '2026-01-01');
    assert.equal(fetched.discovery.unlisted, true);
    const { requestedAt } = fetched.discovery;
    assert.ok(requestedAt >= before);
    assert.equal(jobs.find(({ url }) => url.endsWith('more'))?.discovery?.requestedAt, requestedAt);
  });

  test('remembers a listing only when the jobs of its links are in the queue', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const failing: Pick<Queue<CrawlJob>, 'send'> = {
      send: async () => {
        throw new TransientError('the queue does not answer');
      },
    };
    const broken = new Proxy(queue, {
      get: (target, name) => {
        const value: unknown = name === 'send' ? failing.send : Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const state = { key: site, scope: site, validators: { etag: '"1"' }, lastResult: 'stored' };
    const source = finding({ outcome: 'job', task: 'fetch', url: page }, { outcome: 'unchanged', documents: 0, state });
    const diary = new Diary();
    await send(queue, jobFor({ task: 'discover' }));
    await whileRunning(stageOf(workspace, { queue: broken, sources: [source], observer: diary }), () =>
      until('the job has failed', () => diary.events.includes('retrying')),
    );
    assert.equal(await workspace.states.get(site), undefined);
    assert.deepEqual(diary.events.slice(0, 4), ['started', `fetch ${page}`, `not fetch ${page}`, 'retrying']);
  });

  test('hands a job to the platform that its page turned out to be of', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const web = finding({ outcome: 'job', task: 'fetch', url: site, platform: 'medium' });
    const medium: Source = { ...finding(documentOf(draftOf(page, 'text'))), platform: 'medium' };
    const diary = new Diary();
    await send(queue, jobFor());
    await whileRunning(stageOf(workspace, { queue, sources: [web, medium], observer: diary }), () =>
      until('both are done', () => diary.events.filter((event) => event === 'finished').length === 2),
    );
    assert.deepEqual(
      diary.outcomes.map(({ result }) => result),
      ['created'],
    );
  });

  test('tells what became of each document: new, changed, as it was, gone', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const id = documentId('web', page);
    const first = await crawl(workspace, queue, finding(documentOf(draftOf(page, 'text'))));
    assert.deepEqual(first.outcomes, [{ result: 'created', documentId: id, link: page }]);
    const second = await crawl(workspace, queue, finding(documentOf(draftOf(page, 'text'), { etag: '"2"' })));
    assert.deepEqual(second.outcomes, [{ result: 'unchanged', documents: 1 }]);
    assert.deepEqual((await workspace.states.get(page))?.validators, { etag: '"2"' });
    const third = await crawl(workspace, queue, finding(documentOf(draftOf(page, 'edited'))));
    assert.deepEqual(third.outcomes, [{ result: 'updated', documentId: id, link: page }]);

    const gone: Crawled = { outcome: 'deleted', documentId: id, naturalKey: page };
    const fourth = await crawl(workspace, queue, finding(gone, gone));
    assert.deepEqual(fourth.outcomes, [{ result: 'deleted', documentId: id, link: page }], 'told once');
    assert.ok((await workspace.documents.get('articles', id))?.deletedAt);
    assert.equal(await workspace.states.get(page), undefined);
  });

  test('passes on what is unchanged, rejected and skipped, and remembers what the source wants remembered', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const stateOf = (key: string) => ({ key, scope: site, validators: { size: 3 }, lastResult: key });
    const paywall = { link: page, reason: 'paywall', message: 'only the beginning can be read' };
    const image = { link: `${site}photo.jpg`, reason: 'binary' };
    const diary = await crawl(
      workspace,
      queue,
      finding(
        { outcome: 'unchanged', documents: 7, state: stateOf('seven') },
        { outcome: 'rejected', ...paywall, state: stateOf('paywall') },
        { outcome: 'skipped', ...image },
        documentOf(draftOf(`${site}other`, 'text')),
      ),
    );
    assert.deepEqual(diary.outcomes.slice(0, 3), [
      { result: 'unchanged', documents: 7 },
      { result: 'rejected', ...paywall },
      { result: 'skipped', ...image },
    ]);
    assert.deepEqual(diary.events, ['started', 'unchanged', 'rejected', 'skipped', 'created', 'finished']);
    const remembered = await workspace.states.inScope(site);
    assert.deepEqual([...remembered.keys()].toSorted(), [`${site}other`, 'paywall', 'seven']);
    assert.equal(remembered.get('seven')?.authorId, ada);
    assert.deepEqual((await workspace.documents.counts()).articles, 1);
  });

  test('stores a repository before it remembers to have seen all of it', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const link = 'https://github.com/ada/engine';
    const repository = {
      _id: documentId('github', 'ada/engine'),
      authorId: ada,
      name: 'ada/engine',
      link,
      headCommit: 'c0ffee',
    };
    const state = { key: link, scope: link, validators: { head: 'c0ffee' }, lastResult: 'stored' };
    const diary = await crawl(
      workspace,
      queue,
      finding(
        { outcome: 'document', draft: codeDraftOf('a.ts', 'a', 'c0ffee') },
        { outcome: 'repository', repository, state },
      ),
    );
    assert.deepEqual(diary.events, ['started', 'created', 'finished']);
    assert.equal((await workspace.store.get('repositories', repository._id))?.['headCommit'], 'c0ffee');
    assert.deepEqual((await workspace.states.get(link))?.validators, { head: 'c0ffee' });
  });

  test('remembers only after it has stored', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    workspace.database.exec(`CREATE TRIGGER in_order BEFORE INSERT ON collection_crawl_states
      WHEN NOT EXISTS (SELECT 1 FROM collection_articles)
      BEGIN SELECT RAISE(ABORT, 'remembered before stored'); END`);
    const diary = await crawl(workspace, queue, finding(documentOf(draftOf(page, 'text'))), { maxAttempts: 1 });
    assert.deepEqual(diary.events, ['started', 'created', 'finished']);
    assert.ok(await workspace.states.get(page));
  });

  test('does not remember what could not be stored, but that it failed', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const malformed = { ...draftOf(page, 'text'), publishedAt: 'yesterday' };
    const diary = await crawl(workspace, queue, finding(documentOf(malformed)));
    assert.deepEqual(diary.events, ['started', 'failed: malformed_document']);
    assert.equal(await workspace.states.get(page), undefined);
    const [letter] = await queue.listDead(10);
    assert.equal(letter?.reason, 'malformed_document');
  });

  test('dead-letters a job of a platform that no source takes as unsupported_job', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const job = jobFor({ platform: 'medium' });
    const diary = await crawl(workspace, queue, finding(documentOf(draftOf(page, 'text'))), { job });
    assert.deepEqual(diary.events, ['failed: unsupported_job']);
    const [letter] = await queue.listDead(10);
    assert.match(letter?.message ?? '', /"medium"; taken are web/);
    assert.equal((await workspace.documents.counts()).articles, 0);
  });

  test('reads files of this machine only where it is told that jobs may name them', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const job = () => jobFor({ url: 'file:///etc/passwd' });
    const source = finding(documentOf(draftOf(page, 'text')));
    const refused = await crawl(workspace, queue, source, { job: job() });
    assert.deepEqual(refused.events, ['failed: local_file']);
    assert.equal((await workspace.documents.counts()).articles, 0);
    const taken = await crawl(workspace, queue, source, { job: job(), allowLocal: true });
    assert.deepEqual(taken.events, ['started', 'created', 'finished']);
  });

  test('gives a document to the author whom the newest job names, and shows nobody the memory of another', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const remembered: (CrawlState | undefined)[] = [];
    const source = sourceOf(async function* (job, context) {
      remembered.push(await context.state(page));
      yield documentOf({ ...draftOf(page, 'text'), authorId: job.authorId });
    });
    const grace = authorId('Grace');
    await crawl(workspace, queue, source);
    const second = await crawl(workspace, queue, source, { job: jobFor({ authorId: grace }) });
    assert.deepEqual(second.events, ['started', 'updated', 'finished']);
    assert.equal((await workspace.documents.get('articles', documentId('web', page)))?.authorId, grace);
    await crawl(workspace, queue, source, { job: jobFor({ authorId: grace }) });
    assert.deepEqual(
      remembered.map((state) => state?.authorId),
      [undefined, undefined, grace],
    );
  });

  test('shows a source what is stored and remembered', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    await crawl(
      workspace,
      queue,
      finding(documentOf(draftOf(page, 'text')), documentOf(draftOf(`${site}gone`, 'text'))),
    );
    await workspace.documents.markDeleted(documentId('web', `${site}gone`), day(2));
    const seen: unknown[] = [];
    await crawl(
      workspace,
      queue,
      sourceOf(async function* (_job, context) {
        seen.push([...(await context.statesIn(site)).keys()].toSorted(), await context.documentsUnder('web', site));
        yield* [];
      }),
    );
    assert.deepEqual(seen, [[`${site}gone`, page], new Map([[page, documentId('web', page)]])]);
  });

  test('keeps what a source found before it failed, and tries the rest again', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    let attempts = 0;
    const source = sourceOf(async function* () {
      attempts += 1;
      yield documentOf(draftOf(page, 'text'));
      if (attempts === 1) {
        assert.ok(await workspace.states.get(page), 'stored and remembered before it goes on');
        throw new TransientError('the connection was reset');
      }
      yield documentOf(draftOf(`${site}second`, 'text'));
    });
    const diary = await crawl(workspace, queue, source);
    assert.deepEqual(diary.events, ['started', 'created', 'retrying', 'started', 'unchanged', 'created', 'finished']);
    assert.deepEqual(await queue.depth(), { visible: 0, inFlight: 0, dead: 0 });
  });

  test('remembers a failure, how often it happened, and keeps the validators of the last success', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const job = () => jobFor({ url: page });
    await crawl(workspace, queue, finding(documentOf(draftOf(page, 'text'))), { job: job() });
    const blocked = sourceOf(async function* () {
      yield* [];
      throw new RejectedInput('challenge', 'the page wants to see a person');
    });
    for (const failures of [1, 2]) {
      const diary = await crawl(workspace, queue, blocked, { job: job() });
      assert.deepEqual(diary.events, ['started', 'failed: challenge']);
      await until('it is remembered', async () => (await workspace.states.get(page))?.failures === failures);
    }
    const state = await workspace.states.get(page);
    assert.deepEqual([state?.lastResult, state?.validators], ['challenge', { etag: '"1"' }]);
    await crawl(workspace, queue, finding(documentOf(draftOf(page, 'text'))), { job: job() });
    assert.equal((await workspace.states.get(page))?.failures, 0);
  });
});
