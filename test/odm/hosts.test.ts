import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Hosts } from '../../runtime/odm/hosts.ts';
import { newStore } from './new-store.ts';

const host = 'blog.example';

/** Asks until the turn is taken. @returns when that was, at the earliest and at the latest */
async function turn(hosts: Hosts, intervalMs: number): Promise<{ from: number; to: number }> {
  for (;;) {
    const from = Date.now();
    const waitMs = await hosts.takeTurn(host, intervalMs, false);
    if (waitMs === 0) return { from, to: Date.now() };
    await delay(waitMs);
  }
}

describe('The turns of a host', () => {
  test('are an interval apart, and are not taken by asking', async () => {
    await using place = await newStore();
    const hosts = new Hosts(place.store);
    const before = Date.now();
    assert.equal(await hosts.takeTurn(host, 60_000, false), 0);
    for (let count = 0; count < 3; count += 1) {
      const waitMs = await hosts.takeTurn(host, 60_000, false);
      assert.ok(waitMs <= 60_001 && waitMs >= 60_000 - (Date.now() - before), String(waitMs));
    }
    assert.equal(await hosts.takeTurn(`other.${host}`, 60_000, false), 0);
    assert.equal(await hosts.takeTurn(`${host}:8080`, 60_000, false), 0);
  });

  test('follow the interval of whoever asks', async () => {
    await using place = await newStore();
    const hosts = new Hosts(place.store);
    await hosts.takeTurn(host, 1, false);
    assert.ok((await hosts.takeTurn(host, 60_000, false)) > 1_000);
    await delay(2);
    assert.equal(await hosts.takeTurn(host, 1, false), 0);
  });

  test('count from the answer, when that was late', async () => {
    await using place = await newStore();
    const hosts = new Hosts(place.store);
    await hosts.takeTurn(host, 60_000, false);
    await delay(30);
    const answered = Date.now();
    await hosts.endTurn(host);
    assert.ok((await hosts.takeTurn(host, 60_000, false)) >= 60_000 - (Date.now() - answered));
  });

  test('wait for the one that is open, where that is wanted, but not for ever', async () => {
    await using place = await newStore();
    const hosts = new Hosts(place.store);
    await hosts.takeTurn(host, 1, true);
    await delay(5);
    assert.ok((await hosts.takeTurn(host, 1, true)) > 1, 'not while it is open');
    assert.equal(await hosts.takeTurn(host, 1, false), 0);
    await hosts.endTurn(host);
    await delay(5);
    assert.equal(await hosts.takeTurn(host, 1, true), 0);
    const { _id, ...stored } = (await place.store.get('hosts', host)) ?? assert.fail('nothing is stored');
    await place.store.put('hosts', { ...stored, _id, turnAt: Date.now() - 5_000, openUntil: Date.now() });
    assert.equal(await hosts.takeTurn(host, 1, true), 0);
  });

  test('need no memory without an interval', async () => {
    await using place = await newStore();
    const hosts = new Hosts(place.store);
    assert.deepEqual([await hosts.takeTurn(host, 0, false), await hosts.takeTurn(host, 0, false)], [0, 0]);
    assert.equal(await place.store.get('hosts', host), undefined);
  });

  test('are taken by one process at a time', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hosts-'));
    const script = join(import.meta.dirname, 'turn-taker.ts');
    const intervalMs = 40;
    const take = async (): Promise<number[]> => {
      const { stdout } = await promisify(execFile)(process.execPath, [script, folder.path, `${intervalMs}`, '6']);
      return stdout.trim().split('\n').map(Number);
    };
    const turns = (await Promise.all([take(), take(), take()])).flat().toSorted((a, b) => a - b);
    assert.equal(turns.length, 18);
    for (const [index, at] of turns.entries()) {
      const last = turns[index - 1];
      assert.ok(last === undefined || at - last >= intervalMs, `${turns.join(' ')}`);
    }
  });

  test('do not come within a pause, of which the longest counts', async () => {
    await using place = await newStore();
    const hosts = new Hosts(place.store);
    const until = Date.now() + 80;
    await hosts.pause(host, 80);
    const { to } = await turn(hosts, 0);
    assert.ok(to >= until, `${until - to} ms early`);
    await hosts.pause(host, 60_000);
    await hosts.pause(host, 20);
    assert.ok((await new Hosts(place.store).takeTurn(host, 0, false)) > 1_000, 'everyone knows');
    await hosts.endTurn(host);
    assert.ok((await hosts.takeTurn(host, 1, false)) > 1_000, 'a turn that ends does not end the pause');
  });

  test('are not lost to a clock that was set back', async () => {
    await using place = await newStore();
    const hosts = new Hosts(place.store);
    const future = Date.now() + 3_600_000;
    await place.store.put('hosts', { _id: host, revision: 1, turnAt: future, openUntil: future, pausedUntil: 0 });
    assert.equal(await hosts.takeTurn(host, 1_000, true), 0);
  });

  test('are never captured', async () => {
    await using place = await newStore();
    const head = await place.feed.head();
    const hosts = new Hosts(place.store);
    await turn(hosts, 1);
    await hosts.pause(host, 1);
    await hosts.rememberRobots('https://blog.example', { text: '', fetchedAt: '2026-01-01T00:00:00.000Z' });
    assert.equal(await place.feed.head(), head);
  });
});

test('a robots.txt is remembered for its origin', async () => {
  await using place = await newStore();
  const hosts = new Hosts(place.store);
  const robots = { text: 'User-agent: *\nDisallow: /private', fetchedAt: '2026-01-01T00:00:00.000Z' };
  await hosts.rememberRobots('https://blog.example', robots);
  assert.deepEqual(await new Hosts(place.store).robots('https://blog.example'), robots);
  assert.equal(await hosts.robots('http://blog.example'), undefined);
  const later = { text: '', fetchedAt: '2026-01-02T00:00:00.000Z' };
  await hosts.rememberRobots('https://blog.example', later);
  assert.deepEqual(await hosts.robots('https://blog.example'), later);
});
