import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { authorId } from '../../runtime/domain/identity.ts';
import { Subscriptions } from '../../runtime/odm/subscriptions.ts';
import { ScheduleStage } from '../../runtime/stages/schedule-stage.ts';
import { silent } from './queues.ts';
import { crawlQueueOf, TestWorkspace, until, whileRunning } from './workspace.ts';

const day = 86_400_000;
const source = { url: 'https://ada.example/', task: 'discover', platform: 'web', authorId: authorId('Ada') } as const;

describe('The schedule', { timeout: 60_000 }, () => {
  test('sends a job for what is due, once, also when two of them look', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const subscriptions = new Subscriptions(workspace.store);
    await subscriptions.replaceList('list', [{ ...source, everyMs: day }], new Date());
    const stages = [1, 2].map(() => new ScheduleStage({ queue, subscriptions, logger: silent, intervalMs: 10 }));
    const both = async (signal: AbortSignal) => void (await Promise.all(stages.map((stage) => stage.run(signal))));
    await whileRunning({ run: both }, async () => {
      await until('the turn is taken', async () => (await subscriptions.due(new Date())).length === 0);
    });
    const deliveries = await queue.receive({ max: 10, signal: AbortSignal.timeout(5_000) });
    assert.deepEqual(
      deliveries.map(({ body: { task, url, platform } }) => ({ task, url, platform })),
      [{ task: 'discover', url: 'https://ada.example/', platform: 'web' }],
    );
    assert.equal((await queue.depth()).visible, 0);
  });

  test('sends each turn as a run of its own, so that the queue does not take it for a repetition', async () => {
    await using workspace = await TestWorkspace.open();
    await using served = await workspace.serveQueues();
    const queue = crawlQueueOf(served);
    const subscriptions = new Subscriptions(workspace.store);
    await subscriptions.replaceList('list', [{ ...source, everyMs: 50 }], new Date());
    const stage = new ScheduleStage({ queue, subscriptions, logger: silent, intervalMs: 10 });
    await whileRunning(stage, () => until('it was due twice', async () => (await queue.depth()).visible >= 2));
  });

  test('goes on when the queue does not answer', async () => {
    await using workspace = await TestWorkspace.open();
    const subscriptions = new Subscriptions(workspace.store);
    await subscriptions.replaceList('list', [{ ...source, everyMs: day }], new Date());
    let asked = 0;
    const queue = {
      send: async () => {
        asked += 1;
        if (asked === 1) throw new Error('no answer');
      },
    };
    const stage = new ScheduleStage({ queue, subscriptions, logger: silent, intervalMs: 10 });
    await whileRunning(stage, () =>
      until('it is sent', async () => (await subscriptions.due(new Date())).length === 0),
    );
    assert.equal(asked, 2);
  });
});
