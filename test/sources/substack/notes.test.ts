import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';
import { readPage } from '../../../runtime/sources/substack/extract.ts';
import { SubstackSource } from '../../../runtime/sources/substack/source.ts';
import { ReplicaServer, type Route } from '../../replica/server.ts';
import { MemoryCrawl } from '../crawl-context.ts';

const feed = '/api/v1/reader/feed/profile/5';
const json = (value: unknown): Route => ({
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
});

const note = (id: number, { user = 5, context = 'note', ...comment }: Record<string, unknown> = {}) => ({
  type: 'comment',
  context: { type: context },
  comment: { id, user_id: user, handle: 'ada', body: `Note ${id}`, date: '2024-03-05T08:20:30.123Z', ...comment },
});

async function platform(items: readonly unknown[]) {
  const routes = {
    '/api/v1/user/ada/public_profile': json({ id: 5, handle: 'ada', primaryPublication: null, publicationUsers: [] }),
    [feed]: json({ items, nextCursor: null }),
  };
  const server = await ReplicaServer.start({ routes });
  const fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
  return {
    server,
    link: server.url('/@Ada'),
    crawl: new MemoryCrawl(),
    source: new SubstackSource({ fetcher, read: readPage, platformOrigin: server.origin }),
    async [Symbol.asyncDispose]() {
      await fetcher[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

suite('The notes of a person', () => {
  test('are theirs alone, not what they have passed on or commented', async () => {
    const others = [
      note(2, { user: 6 }),
      note(3, { context: 'comment_restack' }),
      { type: 'post', post: { id: 7 } },
      note(4, { user: 6, body: null }),
    ];
    await using web = await platform([note(1), ...others]);
    const { drafts } = await web.crawl.crawl(web.source, web.link);
    assert.deepEqual(
      drafts.map(({ kind, naturalKey, link, publishedAt }) => [kind, naturalKey, link, publishedAt]),
      [['post', 'c-1', 'https://substack.com/@ada/note/c-1', '2024-03-05T08:20:30.000Z']],
    );
  });

  test('name what is attached to them, and are left out when they say nothing', async () => {
    const attachments = [
      { type: 'link', linkMetadata: { url: 'https://a.example/b' } },
      { type: 'post', post: { canonical_url: 'https://ferry.substack.com/p/boat' } },
      { type: 'image', imageUrl: 'javascript:alert(1)' },
    ];
    await using web = await platform([note(1, { attachments }), note(2, { body: ' ' })]);
    const report = await web.crawl.crawl(web.source, web.link);
    assert.deepEqual(
      report.drafts.map(({ content }) => content),
      [{ text: 'Note 1\n\nhttps://a.example/b\n\nhttps://ferry.substack.com/p/boat' }],
    );
    assert.deepEqual(report.skipped, { no_text: ['https://substack.com/@ada/note/c-2'] });
  });

  test('are on as many pages as there are cursors', async () => {
    await using web = await platform([]);
    web.server.routes.set(feed, (request) => {
      const page = Number(new URL(request.url ?? '', 'http://a').searchParams.get('cursor') ?? 0);
      const body = { items: [note(page * 2 + 1), note(page * 2 + 2)], nextCursor: page < 4 ? `${page + 1}` : '' };
      return { headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
    });
    assert.equal((await web.crawl.crawl(web.source, web.link)).drafts.length, 10);
  });

  test('do not go on for ever', async () => {
    await using web = await platform([]);
    web.server.routes.set(feed, json({ items: [note(1)], nextCursor: 'again' }));
    await assert.rejects(
      web.crawl.crawl(web.source, web.link),
      (error) => error instanceof RejectedInput && error.reason === 'bad_response',
    );
  });

  test('are deleted when two crawls in a row do not find them', async () => {
    await using web = await platform([note(1), note(2)]);
    await web.crawl.crawl(web.source, web.link);
    web.server.routes.set(feed, json({ items: [note(1)], nextCursor: null }));
    assert.deepEqual((await web.crawl.crawl(web.source, web.link)).of('deleted'), []);
    assert.equal(web.crawl.documents.size, 2);
    assert.deepEqual(
      (await web.crawl.crawl(web.source, web.link)).of('deleted').map(({ naturalKey }) => naturalKey),
      ['c-2'],
    );
    assert.equal(web.crawl.documents.size, 1);
  });

  for (const [change, unreadable] of Object.entries({
    'the text of a note has another form': note(2, { body: { text: 'Note 2' } }),
    'nothing tells whose a note is': note(2, { user_id: 'ada' }),
    'a note is of another type': { ...note(2), type: 'note' },
    'a note is nothing': { type: 'comment', comment: null },
    'an item is nothing': null,
  })) {
    test(`are neither missed nor deleted when ${change}, however often that is seen`, async () => {
      await using web = await platform([note(1), note(2), note(3)]);
      await web.crawl.crawl(web.source, web.link);
      web.server.routes.set(feed, json({ items: [note(1), unreadable], nextCursor: null }));
      for (let crawls = 0; crawls < 3; crawls += 1) {
        const report = await web.crawl.crawl(web.source, web.link);
        assert.deepEqual(
          report.of('rejected').map(({ reason, link }) => [reason, link]),
          [['selectors_outdated', web.server.url(feed)]],
        );
      }
      assert.equal(web.crawl.documents.size, 3);
      // What was not seen then counts from the first crawl that could read everything.
      web.server.routes.set(feed, json({ items: [note(1), note(2)], nextCursor: null }));
      assert.deepEqual((await web.crawl.crawl(web.source, web.link)).of('deleted'), []);
    });
  }

  test('that come back are there as if they had never been away', async () => {
    await using web = await platform([note(1), note(2)]);
    for (const items of [[note(1), note(2)], [note(1)], [note(1), note(2)], [note(1)]]) {
      web.server.routes.set(feed, json({ items, nextCursor: null }));
      await web.crawl.crawl(web.source, web.link);
    }
    assert.equal(web.crawl.documents.size, 2);
  });

  test('are asked for later when too much is asked', async () => {
    await using web = await platform([]);
    web.server.routes.set(feed, { body: '<html><body><pre>Too many requests</pre></body></html>' });
    await assert.rejects(web.crawl.crawl(web.source, web.link), TransientError);
  });

  test('can be asked for one by one', async () => {
    await using web = await platform([]);
    web.server.routes.set('/api/v1/reader/comment/9', json({ item: note(9) }));
    const [draft] = (await web.crawl.crawl(web.source, web.server.url('/@ada/note/c-9'))).drafts;
    assert.deepEqual([draft?.naturalKey, draft?.content], ['c-9', { text: 'Note 9' }]);
  });
});
