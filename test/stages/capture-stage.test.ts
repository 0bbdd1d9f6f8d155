import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import type { Change } from '../../runtime/domain/change.ts';
import { documentId } from '../../runtime/domain/identity.ts';
import type { Queue } from '../../runtime/ports/queue.ts';
import { type CaptureOptions, CaptureStage } from '../../runtime/stages/capture-stage.ts';
import { codeDraftOf, day, draftOf } from '../odm/draft.ts';
import { QueueRelay } from './queue-relay.ts';
import { silent } from './queues.ts';
import { changeQueueOf, TestWorkspace, takeAll, until, whileRunning } from './workspace.ts';

const idOf = (name: string): string => documentId('web', linkOf(name));
const linkOf = (name: string): string => `https://ada.example/${name}`;

/** Requests after which the depth was looked at more than once, with what is dead. */
const enoughLooks = 4;

/** Stores an article. @returns its revision */
async function write({ documents }: TestWorkspace, name: string, text: string): Promise<number> {
  return (await documents.put(draftOf(linkOf(name), text), day(1))).revision;
}

function captureOf(
  { feed, store }: TestWorkspace,
  queue: Queue<Change>,
  options: Partial<CaptureOptions> = {},
): CaptureStage {
  return new CaptureStage({ feed, store, queue, logger: silent, ...options });
}

/** Everything is in the queue, and the position says so. */
async function caughtUp({ feed }: TestWorkspace): Promise<void> {
  await until('all changes are published', async () => (await feed.lag()).changes === 0);
}

function summaryOf(changes: readonly Change[], id: string): string[] {
  return changes.filter((each) => each.documentId === id).map((each) => `${each.operation} ${each.revision}`);
}

/** A log, and the messages that were written to it. */
function logbook() {
  const stream = new PassThrough();
  const lines: { level: number; msg: string }[] = [];
  stream.on('data', (line) => lines.push(JSON.parse(String(line))));
  return { logger: pino({ level: 'info' }, stream), lines };
}

describe('The capture stage', { concurrency: true, timeout: 60_000 }, () => {
  test('publishes every change once, in order for each document', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = changeQueueOf(served);
    const published: number[] = [];
    const onPublished = (count: number): void => void published.push(count);
    await whileRunning(captureOf(workspace, queue, { onPublished }), async () => {
      for (const text of ['first', 'second', 'third']) {
        await write(workspace, 'diary', text);
        await write(workspace, `note on the ${text}`, text);
        await caughtUp(workspace);
      }
      await workspace.documents.put(codeDraftOf('main.ts', 'run();', 'c0ffee'), day(1));
      await workspace.documents.markDeleted(idOf('diary'), day(2));
      await caughtUp(workspace);
    });
    const changes = await takeAll(queue);
    assert.deepEqual(summaryOf(changes, idOf('diary')), ['upsert 1', 'upsert 2', 'upsert 3', 'delete 4']);
    assert.equal(changes.length, 8);
    assert.equal(
      published.reduce((sum, count) => sum + count, 0),
      8,
    );
    const [code] = changes.filter(({ collection }) => collection === 'code');
    assert.equal(code?.documentId, documentId('github', 'ada/engine/main.ts'));
  });

  test('goes on behind its saved position, and publishes nothing again', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = changeQueueOf(served);
    await write(workspace, 'before', 'text');
    await whileRunning(captureOf(workspace, queue), () => caughtUp(workspace));
    await write(workspace, 'between', 'text');
    await whileRunning(captureOf(workspace, queue), () => caughtUp(workspace));
    assert.deepEqual(
      (await takeAll(queue)).map((each) => each.documentId),
      [idOf('before'), idOf('between')],
    );
  });

  test('says the last of several changes of one document only, but never leaves out a delete', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = changeQueueOf(served);
    for (const text of ['first', 'second', 'third']) await write(workspace, 'edited', text);
    await write(workspace, 'removed', 'text');
    await workspace.documents.markDeleted(idOf('removed'), day(2));
    await write(workspace, 'remade', 'old');
    await workspace.store.delete('articles', idOf('remade'));
    await write(workspace, 'remade', 'new');
    await whileRunning(captureOf(workspace, queue), () => caughtUp(workspace));
    const changes = await takeAll(queue);
    assert.deepEqual(summaryOf(changes, idOf('edited')), ['upsert 3']);
    assert.deepEqual(summaryOf(changes, idOf('removed')), ['delete 2']);
    assert.deepEqual(summaryOf(changes, idOf('remade')), ['delete 1', 'upsert 1']);
  });

  test('loses nothing when the queues are closed under it and another process takes over', async () => {
    await using workspace = await TestWorkspace.open();
    const served = await workspace.serveQueues();
    const { logger, lines } = logbook();
    await write(workspace, 'before', 'text');
    await whileRunning(captureOf(workspace, changeQueueOf(served), { logger }), async () => {
      await caughtUp(workspace);
      await served[Symbol.asyncDispose]();
      await write(workspace, 'during', 'text');
      await until('the failure is seen', () => lines.length > 0);
    });
    assert.match(lines[0]?.msg ?? '', /interrupted/);
    assert.equal((await workspace.feed.lag()).changes, 1, 'the position stays before what the queue has not got');
    await write(workspace, 'after', 'text');

    await using servedAgain = await workspace.serveQueues();
    const queue = changeQueueOf(servedAgain);
    await whileRunning(captureOf(workspace, queue), () => caughtUp(workspace));
    assert.deepEqual(
      (await takeAll(queue)).map((each) => each.documentId),
      ['before', 'during', 'after'].map(idOf),
    );
  });

  test('tries again by itself until the queue confirms, and what was taken already is not there twice', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    await using relay = await QueueRelay.before(served);
    const { logger, lines } = logbook();
    relay.trouble = 'lose answer';
    for (const name of ['a', 'b', 'c']) await write(workspace, name, 'text');
    await whileRunning(captureOf(workspace, changeQueueOf(relay.queues), { logger }), async () => {
      await until('the failure is seen', () => lines.length > 0);
      assert.equal((await workspace.feed.lag()).changes, 3, 'what is not confirmed is not behind the position');
      relay.trouble = 'none';
      await caughtUp(workspace);
    });
    const changes = await takeAll(changeQueueOf(served));
    assert.deepEqual(changes.map((each) => each.documentId).toSorted(), ['a', 'b', 'c'].map(idOf).toSorted());
  });

  test('answers a lost position with a scan of everything, tombstones too, and says so', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = changeQueueOf(served);
    await write(workspace, 'kept', 'text');
    await write(workspace, 'kept', 'text, edited');
    await write(workspace, 'removed', 'text');
    await workspace.documents.markDeleted(idOf('removed'), day(2));
    await workspace.documents.put(codeDraftOf('main.ts', 'run();', 'c0ffee'), day(1));
    await whileRunning(captureOf(workspace, queue), () => caughtUp(workspace));
    await takeAll(queue);

    workspace.database.run('UPDATE change_feed SET saved = NULL');
    await write(workspace, 'unseen', 'text');
    const { logger, lines } = logbook();
    await whileRunning(captureOf(workspace, queue, { logger }), async () => {
      await until('the scan is done', () => lines.some(({ msg }) => msg === 'all collections were scanned'));
      await write(workspace, 'later', 'text');
      await caughtUp(workspace);
    });
    const changes = await takeAll(queue);
    assert.deepEqual(summaryOf(changes, idOf('kept')), ['upsert 2']);
    assert.deepEqual(summaryOf(changes, idOf('removed')), ['delete 2']);
    assert.deepEqual(summaryOf(changes, idOf('unseen')), ['upsert 1']);
    assert.deepEqual(summaryOf(changes, documentId('github', 'ada/engine/main.ts')), ['upsert 1']);
    assert.deepEqual(summaryOf(changes, idOf('later')), ['upsert 1']);
    assert.equal(changes.length, 5);
    const [warning] = lines;
    assert.deepEqual([warning?.level, warning?.msg.includes('position is lost')], [40, true]);
  });

  test('scans again from the start when the queue fails in the middle of a scan', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    await using relay = await QueueRelay.before(served);
    await write(workspace, 'old', 'text');
    await whileRunning(captureOf(workspace, changeQueueOf(served)), () => caughtUp(workspace));
    await takeAll(changeQueueOf(served));
    workspace.database.run('UPDATE change_feed SET saved = NULL');
    relay.trouble = 'refuse';
    const { logger, lines } = logbook();
    await whileRunning(captureOf(workspace, changeQueueOf(relay.queues), { logger }), async () => {
      await until('the failure is seen', () => lines.some(({ msg }) => msg.includes('interrupted')));
      assert.equal(await workspace.feed.position(), undefined);
      relay.trouble = 'none';
      await until('the scan is done', () => lines.some(({ msg }) => msg === 'all collections were scanned'));
    });
    assert.deepEqual(summaryOf(await takeAll(changeQueueOf(served)), idOf('old')), ['upsert 1']);
  });

  test('waits while more than the high water lies in the queue', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    await using relay = await QueueRelay.before(served);
    const direct = changeQueueOf(served);
    for (const name of ['a', 'b', 'c']) await write(workspace, name, 'text');
    await whileRunning(captureOf(workspace, direct), () => caughtUp(workspace));
    await write(workspace, 'd', 'text');
    await whileRunning(captureOf(workspace, changeQueueOf(relay.queues), { highWater: 2 }), async () => {
      await until('it waits', () => relay.asked.length >= enoughLooks);
      assert.deepEqual(new Set(relay.asked), new Set(['GetQueueAttributes']));
      assert.equal((await workspace.feed.lag()).changes, 1);
      const [delivery] = await direct.receive({ max: 1, signal: AbortSignal.timeout(20_000) });
      await delivery?.acknowledge();
      await caughtUp(workspace);
    });
    assert.equal((await takeAll(direct)).length, 3);
  });

  test('waits too when it was itself that filled the queue', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    await using relay = await QueueRelay.before(served);
    for (let index = 0; index < 300; index += 1) await write(workspace, `${index}`, 'text');
    await whileRunning(captureOf(workspace, changeQueueOf(relay.queues), { highWater: 299 }), async () => {
      await caughtUp(workspace);
      const before = relay.asked.length;
      await write(workspace, 'one more', 'text');
      await until('it waits', () => relay.asked.length >= before + enoughLooks);
      assert.deepEqual(new Set(relay.asked.slice(before)), new Set(['GetQueueAttributes']));
    });
    assert.equal((await workspace.feed.lag()).changes, 1);
  });

  test('ends when aborted while it waits for room, and what it waited with is published the next time', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    await using relay = await QueueRelay.before(served);
    const direct = changeQueueOf(served);
    await write(workspace, 'a', 'text');
    await whileRunning(captureOf(workspace, direct), () => caughtUp(workspace));
    await write(workspace, 'b', 'text');
    await whileRunning(captureOf(workspace, changeQueueOf(relay.queues), { highWater: 0 }), () =>
      until('it waits', () => relay.asked.length >= enoughLooks),
    );
    assert.equal((await workspace.feed.lag()).changes, 1);
    await whileRunning(captureOf(workspace, direct), () => caughtUp(workspace));
    assert.deepEqual(
      (await takeAll(direct)).map((each) => each.documentId),
      ['a', 'b'].map(idOf),
    );
  });

  test('ends when aborted while it pauses after a failure', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    await using relay = await QueueRelay.before(served);
    relay.trouble = 'refuse';
    await write(workspace, 'a', 'text');
    const { logger, lines } = logbook();
    await whileRunning(captureOf(workspace, changeQueueOf(relay.queues), { logger }), () =>
      until('it pauses', () => lines.length > 1),
    );
    assert.equal(await workspace.feed.position(), undefined);
  });
});
