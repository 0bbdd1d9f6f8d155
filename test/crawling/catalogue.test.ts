import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { catalogue, knownLinks } from '../../runtime/crawling/catalogue.ts';
import { crawlStateId } from '../../runtime/domain/identity.ts';
import type { Crawled, ListedLink } from '../../runtime/ports/source.ts';
import { jobFor, MemoryCrawl } from '../sources/crawl-context.ts';

const root = 'https://site.example/';
const link = (name: string): string => `${root}${name}`;

class Listing {
  readonly memory = new MemoryCrawl();

  /** What an earlier crawl has stored. */
  store(name: string, lastmod?: string, { author = 'Ada', lastResult = 'stored', isThere = true } = {}): void {
    const url = link(name);
    const { authorId } = jobFor('web', url, author);
    const validators = { naturalKey: url, ...(lastmod !== undefined && { lastmod }) };
    const crawledAt = new Date().toISOString();
    const state = {
      _id: crawlStateId(url),
      key: url,
      scope: root,
      authorId,
      validators,
      lastResult,
      failures: 0,
      crawledAt,
    };
    this.memory.states.set(url, state);
    if (!isThere) return;
    const draft = {
      kind: 'post',
      platform: 'web',
      naturalKey: url,
      link: url,
      authorId,
      content: { text: 'x' },
    } as const;
    this.memory.documents.set(`web ${url}`, {
      ...draft,
      payload: { mediaType: 'text/plain', bytes: new Uint8Array() },
    });
  }

  async crawl(links: readonly ListedLink[], isComplete = false): Promise<Crawled[]> {
    const job = { ...jobFor('web', root), task: 'discover' } as const;
    const context = this.memory.context(job.authorId, new AbortController().signal);
    return await Array.fromAsync(catalogue({ job, context, platform: 'web', links, isComplete: () => isComplete }));
  }
}

suite('A listing', () => {
  test('makes a job of each link, once, with its date', async () => {
    const links = [{ url: link('a'), lastmod: '1' }, { url: link('b') }, { url: link('a') }];
    assert.deepEqual(await new Listing().crawl(links), [
      { outcome: 'job', task: 'fetch', url: link('a'), lastmod: '1' },
      { outcome: 'job', task: 'fetch', url: link('b') },
    ]);
  });

  test('makes no job of a link of more than 2,048 characters, by whatever way it was found', async () => {
    const [long, longest] = [2_049, 2_048].map((length) => ({ url: link('a').padEnd(length, 'a') }));
    assert.ok(long !== undefined && longest !== undefined);
    assert.deepEqual(await new Listing().crawl([long, longest]), [{ outcome: 'job', task: 'fetch', url: longest.url }]);
  });

  test('asks for nothing that it dates as it was when it was stored', async () => {
    const listing = new Listing();
    listing.store('a', '1');
    assert.deepEqual(await listing.crawl([{ url: link('a'), lastmod: '1' }]), [{ outcome: 'unchanged', documents: 1 }]);
  });

  test('looks after what was found under another root as well', async () => {
    const listing = new Listing();
    listing.store('a', '1');
    const state = listing.memory.states.get(link('a'));
    assert.ok(state);
    listing.memory.states.set(link('a'), { ...state, scope: 'https://site.example/feed' });
    const [outcome] = await listing.crawl([{ url: link('a'), lastmod: '1' }]);
    assert.ok(outcome?.outcome === 'unchanged');
    assert.equal(outcome.documents, 1);
    assert.equal(outcome.state?.scope, root);
    assert.equal(outcome.state?.validators['lastmod'], '1');
  });

  test('does not list its own root, which is remembered when it has failed', async () => {
    const listing = new Listing();
    listing.store('a', '1');
    listing.store('', undefined, { lastResult: 'http_error', isThere: false });
    const job = jobFor('web', root);
    const known = await knownLinks(job, listing.memory.context(job.authorId, new AbortController().signal));
    assert.deepEqual(known, [{ url: link('a'), lastmod: '1' }]);
  });

  const asked: Readonly<Record<string, (listing: Listing) => void>> = {
    'was dated otherwise': (listing) => listing.store('a', '2'),
    'was not dated': (listing) => listing.store('a'),
    'was another author’s': (listing) => listing.store('a', '1', { author: 'Grace' }),
    'was refused': (listing) => listing.store('a', '1', { lastResult: 'challenge_page' }),
    'was missing': (listing) => listing.store('a', '1', { lastResult: 'missing' }),
    'is no longer stored': (listing) => listing.store('a', '1', { isThere: false }),
  };
  for (const [name, store] of Object.entries(asked)) {
    test(`asks for what ${name}`, async () => {
      const listing = new Listing();
      store(listing);
      const crawled = await listing.crawl([{ url: link('a'), lastmod: '1' }]);
      assert.deepEqual(
        crawled.map(({ outcome }) => outcome),
        ['job'],
      );
    });
  }

  test('asks for what it dates no more', async () => {
    const listing = new Listing();
    listing.store('a', '1');
    assert.deepEqual(
      (await listing.crawl([{ url: link('a') }])).map(({ outcome }) => outcome),
      ['job'],
    );
  });

  test('asks for what it no longer names, when it is complete', async () => {
    const listing = new Listing();
    listing.store('a', '1');
    listing.store('b', '1');
    listing.store('c', '1', { author: 'Grace' });
    const named = [{ url: link('a'), lastmod: '1' }];
    assert.deepEqual(
      (await listing.crawl(named)).map(({ outcome }) => outcome),
      ['unchanged'],
    );
    assert.deepEqual((await listing.crawl(named, true)).slice(1), [
      { outcome: 'job', task: 'fetch', url: link('b'), unlisted: true },
    ]);
  });

  test('tells of unchanged documents in groups', async () => {
    const listing = new Listing();
    const links = Array.from({ length: 1_201 }, (_, index) => ({ url: link(`${index}`), lastmod: '1' }));
    for (const { url } of links) listing.store(url.slice(root.length), '1');
    const crawled = await listing.crawl(links);
    assert.deepEqual(
      crawled.map((one) => one.outcome === 'unchanged' && one.documents),
      [500, 500, 201],
    );
  });

  test('that has not changed stands for what is known of it', async () => {
    const listing = new Listing();
    listing.store('a', '1');
    listing.store('b');
    listing.store('c', '1', { author: 'Grace' });
    const job = jobFor('web', root);
    const links = await knownLinks(job, listing.memory.context(job.authorId, new AbortController().signal));
    assert.deepEqual(links, [
      { url: link('a'), lastmod: '1' },
      { url: link('b'), lastmod: undefined },
    ]);
  });
});
