import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { authorId } from '../../runtime/domain/identity.ts';
import { CrawlStates } from '../../runtime/odm/crawl-states.ts';
import { Repositories } from '../../runtime/odm/repositories.ts';
import { ada, day } from './draft.ts';
import { newStore } from './new-store.ts';

const key = 'https://example.org/a';
const scope = 'https://example.org/';
const update = { key, scope, validators: { etag: '"1"', size: 5 }, lastResult: 'created' };

describe('What a crawl remembers', () => {
  test('is found by its key and by its scope, until it is forgotten', async () => {
    await using place = await newStore();
    const states = new CrawlStates(place.store);
    assert.equal(await states.get(key), undefined);
    await states.put(update, ada, day(1));
    await states.put({ ...update, key: `${key}/b` }, authorId('Bob'), day(1));
    await states.put({ ...update, key: 'elsewhere', scope: 'elsewhere' }, ada, day(1));
    const { _id, ...state } = (await states.get(key)) ?? {};
    assert.deepEqual(state, { ...update, authorId: ada, failures: 0, crawledAt: '2026-01-01T00:00:00.000Z' });
    assert.match(String(_id), /^[0-9a-f-]{36}$/);
    assert.deepEqual([...(await states.inScope(scope)).keys()].toSorted(), [key, `${key}/b`]);
    assert.equal(await states.delete(key), true);
    assert.equal(await states.delete(key), false);
    assert.deepEqual([...(await states.inScope(scope)).keys()], [`${key}/b`]);
  });

  test('of failures is their number and the last reason, and validators outlive them', async () => {
    await using place = await newStore();
    const states = new CrawlStates(place.store);
    const failure = { key, scope, authorId: ada, reason: 'not_found' };
    await states.recordFailure({ ...failure, reason: 'http_error' }, day(1));
    assert.deepEqual((await states.get(key))?.validators, {});
    await states.put(update, ada, day(2));
    await states.recordFailure(failure, day(3));
    await states.recordFailure(failure, day(4));
    const state = await states.get(key);
    assert.deepEqual(state?.validators, update.validators);
    assert.equal(state?.failures, 2);
    assert.equal(state?.lastResult, 'not_found');
    assert.equal(state?.crawledAt, '2026-01-04T00:00:00.000Z');
    await states.put(update, ada, day(5));
    assert.equal((await states.get(key))?.failures, 0);
  });

  test('belongs to every scope it was found under, and stays one state', async () => {
    await using place = await newStore();
    const states = new CrawlStates(place.store);
    const other = 'https://example.org/feed';
    await states.put({ ...update, scope: key }, ada, day(1));
    await states.put(update, ada, day(2));
    assert.equal((await states.get(key))?.scope, scope, 'by itself a link is in no scope');
    await states.put({ ...update, scope: other, validators: { etag: '"2"' } }, ada, day(3));
    await states.recordFailure({ key, authorId: ada, reason: 'gone' }, day(4));
    for (const each of [scope, other]) {
      const [found, ...more] = [...(await states.inScope(each)).values()];
      assert.deepEqual([found?.key, found?.validators, found?.lastResult], [key, { etag: '"2"' }, 'gone'], each);
      assert.deepEqual(more, []);
    }
    await states.delete(key);
    assert.deepEqual([...(await states.inScope(other)).keys()], []);
  });

  test('can be counted by how it ended', async () => {
    await using place = await newStore();
    const states = new CrawlStates(place.store);
    await states.put(update, ada, day(1));
    for (const name of ['b', 'c']) await states.put({ ...update, key: name, lastResult: 'paywall_stub' }, ada, day(1));
    await states.recordFailure({ key: 'd', scope, authorId: ada, reason: 'challenge_page' }, day(1));
    assert.deepEqual(
      [...(await states.counts(['paywall_stub', 'login_page', 'challenge_page']))],
      [
        ['paywall_stub', 2],
        ['challenge_page', 1],
      ],
    );
  });

  test('for one author says nothing about another', async () => {
    await using place = await newStore();
    const states = new CrawlStates(place.store);
    await states.put(update, ada, day(1));
    await states.recordFailure({ key, scope, authorId: authorId('Bob'), reason: 'not_found' }, day(2));
    const state = await states.get(key);
    assert.deepEqual([state?.validators, state?.failures, state?.authorId], [{}, 1, authorId('Bob')]);
  });

  test('is never captured', async () => {
    await using place = await newStore();
    const head = await place.feed.head();
    await new CrawlStates(place.store).put(update, ada, day(1));
    const repositories = new Repositories(place.store);
    const repository = { _id: ada, authorId: ada, name: 'ada/engine', link: 'https://github.com/ada/engine' };
    await repositories.put({ ...repository, headCommit: 'c1' }, day(1));
    await repositories.put({ ...repository, headCommit: 'c2' }, day(2));
    assert.deepEqual(await place.store.get('repositories', ada), {
      ...repository,
      headCommit: 'c2',
      crawledAt: '2026-01-02T00:00:00.000Z',
    });
    assert.equal(await place.feed.head(), head);
  });
});
