import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { HostOverloaded } from '../../../runtime/adapters/http/host-overloaded.ts';
import { HostTurns } from '../../../runtime/adapters/http/host-turns.ts';
import { RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';
import { ReplicaServer } from '../../replica/server.ts';
import { crawlers, shortestGap, timed, transient } from './crawler.ts';

const patient = new AbortController().signal;
const noRobots = { '/robots.txt': { status: 404 } };

suite('a host is never asked faster than its limit', { concurrency: true }, () => {
  test('by four crawlers at once that share a store', async () => {
    await using server = await ReplicaServer.start();
    // Slower than the interval now and then, so that turns of others come while one is open.
    const answer = async () => {
      if (server.hits('/') % 4 === 0) await delay(120);
      return { body: 'x' };
    };
    const times = timed(server, { ...noRobots, '/': answer });
    await using four = await crawlers(4, { intervalMs: 50 });
    await Promise.all(
      four.all.map(async ({ fetch }) => {
        for (let count = 0; count < 5; count += 1) await fetch(server.url('/'));
      }),
    );
    assert.equal(server.hits('/'), 20);
    assert.ok(shortestGap(times) >= 50, `${shortestGap(times)}`);
  });

  test('by one that has much to fetch, be the host quick or slow, and may there be several requests at once', async () => {
    for (const [concurrency, answerMs] of [
      [1, 80],
      [5, 0],
    ] as const) {
      await using server = await ReplicaServer.start();
      const answer = async () => {
        if (answerMs > 0) await delay(answerMs);
        return { body: 'x' };
      };
      const times = timed(server, { ...noRobots, '/': answer });
      await using crawler = await crawlers(1, { intervalMs: 40, concurrency });
      await Promise.all(Array.from({ length: 10 }, () => crawler.first.fetch(server.url('/'))));
      assert.equal(times.length, 11);
      assert.ok(shortestGap(times) >= 40, `${concurrency}: ${shortestGap(times)}`);
    }
  });

  test('while slow answers overlap where that is allowed', async () => {
    await using server = await ReplicaServer.start();
    let open = 0;
    let most = 0;
    const answer = async () => {
      open += 1;
      most = Math.max(most, open);
      await delay(400);
      open -= 1;
      return { body: 'x' };
    };
    timed(server, { ...noRobots, '/': answer });
    for (const concurrency of [1, 3]) {
      most = 0;
      await using crawler = await crawlers(1, { intervalMs: 1, concurrency });
      await Promise.all(Array.from({ length: 6 }, () => crawler.first.fetch(server.url('/'))));
      assert.equal(most, concurrency);
    }
  });

  test('also along redirects', async () => {
    await using server = await ReplicaServer.start();
    const moved = { status: 302, headers: { location: '/' } };
    const times = timed(server, { ...noRobots, '/moved': moved, '/': { body: 'here' } });
    await using crawler = await crawlers(1, { intervalMs: 60 });
    assert.equal(await crawler.first.fetch(server.url('/moved')), 'here');
    assert.equal(times.length, 3);
    assert.ok(shortestGap(times) >= 60, `${shortestGap(times)}`);
  });

  test('even when it asks for more than we do, but for no less', async () => {
    for (const [delaySeconds, intervalMs, atLeast] of [
      [0.12, 20, 120],
      [0.12, 0, 120],
      [0.01, 80, 80],
    ] as const) {
      await using server = await ReplicaServer.start();
      const robots = { body: `User-agent: *\nCrawl-delay: ${delaySeconds}` };
      const times = timed(server, { '/robots.txt': robots, '/': { body: 'x' } });
      await using two = await crawlers(2, { intervalMs });
      await Promise.all(two.all.flatMap(({ fetch }) => [fetch(server.url('/')), fetch(server.url('/'))]));
      const pages = times.slice(-4);
      assert.ok(shortestGap(pages) >= atLeast, `${delaySeconds} s, ${intervalMs} ms: ${shortestGap(pages)}`);
    }
  });

  test('while other hosts are', async () => {
    await using slow = await ReplicaServer.start({ routes: { ...noRobots, '/': { body: 'x' } } });
    await using other = await ReplicaServer.start({ routes: { ...noRobots, '/': { body: 'y' } } });
    await using crawler = await crawlers(1, { intervalMs: 0 });
    await crawler.first.hosts.pause(new URL(slow.origin).host, 20_000);
    const waiting = crawler.first.fetch(slow.url('/'), AbortSignal.timeout(300)).catch((error: unknown) => error);
    assert.equal(await crawler.first.fetch(other.url('/')), 'y');
    assert.ok((await waiting) instanceof DOMException);
    assert.equal(slow.requests.length, 0);
  });
});

suite('a host that wants to be left alone', { concurrency: true }, () => {
  test('is, by everyone, for as long as it says', async () => {
    await using server = await ReplicaServer.start();
    const times = timed(server, {
      ...noRobots,
      '/busy': { status: 429, headers: { 'retry-after': '1' } },
      '/': { body: 'x' },
    });
    await using two = await crawlers(2);
    const [first, second] = two.all;
    await assert.rejects(two.first.fetch(server.url('/busy')), transient(/429/, 1000));
    await Promise.all([first?.fetch(server.url('/')), second?.fetch(server.url('/'))]);
    const [busyAt = 0, ...later] = times.slice(1);
    assert.ok(Math.min(...later) - busyAt >= 1000, `${times.join(' ')}`);
  });

  test('is not waited for when that is long, and the queue is told when to come back', async () => {
    await using server = await ReplicaServer.start({
      routes: { ...noRobots, '/': { status: 503, headers: { 'retry-after': '3600' } } },
    });
    await using two = await crawlers(2);
    await assert.rejects(two.first.fetch(server.url('/')), transient(/503/, 3_600_000));
    await assert.rejects(two.all[1]?.fetch(server.url('/')) ?? Promise.resolve(), (error) => {
      assert.ok(error instanceof TransientError);
      assert.match(error.message, /left alone for another 3\d{3} s/);
      assert.ok(Number(error.retryAfterMs) > 3_500_000 && Number(error.retryAfterMs) <= 3_600_000);
      return true;
    });
    assert.equal(server.hits('/'), 1);
  });

  test('is left alone longer each time when it does not say how long, until it answers', async () => {
    const pauses: number[] = [];
    const registry = {
      takeTurn: async () => 0,
      endTurn: async () => undefined,
      pause: async (_host: string, durationMs: number) => void pauses.push(durationMs),
      robots: async () => undefined,
      rememberRobots: async () => undefined,
    };
    const turns = new HostTurns({ registry, intervalMs: 0, concurrency: 1 });
    const url = new URL('https://blog.example/');
    const end = (error: Error) =>
      turns.schedule(url, patient, () => Promise.reject(error)).catch((thrown: unknown) => thrown);
    const overloaded = new HostOverloaded('503');
    // The host has named no time, so the error names none either: whoever gets it has failed once more.
    for (let count = 0; count < 3; count += 1) assert.equal(await end(overloaded), overloaded);
    const timeOut = new TransientError('no answer');
    assert.equal(await end(timeOut), timeOut);
    await end(new HostOverloaded('503', { retryAfterMs: 0 }));
    await end(new RejectedInput('not_found', '404'));
    await end(overloaded);
    for (let count = 0; count < 20; count += 1) await end(overloaded);
    assert.deepEqual(pauses.slice(0, 6), [1_000, 2_000, 4_000, 8_000, 1_000, 2_000]);
    assert.equal(pauses.at(-1), 600_000);
  });
});

suite('waiting for a turn', { concurrency: true }, () => {
  test('ends with the reason of the signal, and the host is not asked', async () => {
    await using server = await ReplicaServer.start({ routes: { ...noRobots, '/': { body: 'x' } } });
    await using crawler = await crawlers(1);
    await crawler.first.fetch(server.url('/'));
    await crawler.first.hosts.pause(new URL(server.origin).host, 20_000);
    const controller = new AbortController();
    const reason = new Error('stopping');
    // The first waits for the host, the second for the first.
    const waiting = [1, 2].map(() =>
      assert.rejects(crawler.first.fetch(server.url('/'), controller.signal), (error) => error === reason),
    );
    setTimeout(() => controller.abort(reason), 20);
    await Promise.all(waiting);
    assert.equal(server.hits('/'), 1);
  });

  test('does not count as time that a page takes', async () => {
    await using server = await ReplicaServer.start({
      routes: { ...noRobots, '/moved': { status: 302, headers: { location: '/' } }, '/': { body: 'x' } },
    });
    await using crawler = await crawlers(1, { intervalMs: 1_200, timeouts: { totalMs: 1_000 } });
    assert.equal(await crawler.first.fetch(server.url('/moved')), 'x');
  });
});
