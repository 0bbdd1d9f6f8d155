import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { authorId } from '../../runtime/domain/identity.ts';
import { type Subscribed, Subscriptions } from '../../runtime/odm/subscriptions.ts';
import { newStore } from './new-store.ts';

const hour = 3_600_000;
const noon = new Date('2026-05-01T12:00:00.000Z');
const later = (ms: number) => new Date(noon.getTime() + ms);

function every(everyMs: number, url: string): Subscribed {
  return { url, task: 'discover', platform: 'web', authorId: authorId('Ada'), everyMs };
}

const urls = async (subscriptions: Subscriptions, now: Date) => (await subscriptions.due(now)).map(({ url }) => url);

suite('A subscription', () => {
  test('is due at once, and again after its interval', async () => {
    await using opened = await newStore();
    const subscriptions = new Subscriptions(opened.store);
    await subscriptions.replaceList('list', [every(hour, 'https://a.example/')], noon);
    const [due] = await subscriptions.due(noon);
    assert.ok(due);
    assert.equal(await subscriptions.advance(due, noon), true);
    assert.deepEqual(await urls(subscriptions, later(hour - 1)), []);
    assert.deepEqual(await urls(subscriptions, later(hour)), ['https://a.example/']);
  });

  test('has one turn, whoever takes it', async () => {
    await using opened = await newStore();
    const [one, other] = [new Subscriptions(opened.store), new Subscriptions(opened.store)];
    await one.replaceList('list', [every(hour, 'https://a.example/')], noon);
    const [mine, theirs] = [(await one.due(noon))[0], (await other.due(noon))[0]];
    assert.ok(mine && theirs);
    assert.equal(await one.advance(mine, noon), true);
    assert.equal(await other.advance(theirs, noon), false);
  });

  test('keeps its turn when its list is read again, and ends when its list no longer has it', async () => {
    await using opened = await newStore();
    const subscriptions = new Subscriptions(opened.store);
    const both = [every(hour, 'https://a.example/'), every(hour, 'https://b.example/')];
    await subscriptions.replaceList('list', both, noon);
    await subscriptions.replaceList('other', [every(hour, 'https://c.example/')], noon);
    await subscriptions.crawled('list', noon);
    await subscriptions.replaceList('list', both, later(1));
    assert.deepEqual(await urls(subscriptions, later(1)), ['https://c.example/']);
    await subscriptions.replaceList('list', [every(2 * hour, 'https://a.example/')], later(2));
    // Another interval begins anew, and so does another way.
    assert.deepEqual(await urls(subscriptions, later(2)), ['https://c.example/', 'https://a.example/']);
    assert.deepEqual(await urls(subscriptions, later(9 * hour)), ['https://c.example/', 'https://a.example/']);
    await subscriptions.crawled('list', later(9 * hour));
    const other = { ...every(2 * hour, 'https://a.example/'), platform: 'substack' } as const;
    await subscriptions.replaceList('list', [other], later(9 * hour));
    assert.equal((await subscriptions.due(later(9 * hour))).find(({ list }) => list === 'list')?.platform, 'substack');
  });
});
