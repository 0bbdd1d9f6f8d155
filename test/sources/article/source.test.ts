import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';
import type { Browser } from '../../../runtime/ports/browser.ts';
import { readPage } from '../../../runtime/sources/article/extract.ts';
import { ArticleSource } from '../../../runtime/sources/article/source.ts';
import { blogPage } from '../../html/pages.ts';
import { ReplicaServer, type Route } from '../../replica/server.ts';
import { MemoryCrawl } from '../crawl-context.ts';

async function site(routes: Readonly<Record<string, Route>>) {
  const server = await ReplicaServer.start({ routes });
  const fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
  return {
    server,
    source: new ArticleSource({ fetcher, read: readPage }),
    crawl: new MemoryCrawl(),
    async [Symbol.asyncDispose]() {
      await fetcher[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const rejectedAs = (reason: string) => (error: unknown) => error instanceof RejectedInput && error.reason === reason;

/** Answers 304 to whoever has the tag. */
const tagged =
  (tag: string, body: string): Route =>
  (request) =>
    request.headers['if-none-match'] === tag
      ? { status: 304, headers: { etag: tag } }
      : { body, headers: { etag: tag } };

suite('A web page', () => {
  test('becomes an article with its exact bytes', async () => {
    const html = blogPage();
    await using web = await site({ '/post': { body: html } });
    const report = await web.crawl.crawl(web.source, web.server.url('/post?utm_source=feed#part'));
    const [draft] = report.drafts;
    assert.ok(draft?.kind === 'article');
    assert.equal(draft.link, web.server.url('/post'));
    assert.equal(draft.naturalKey, draft.link);
    assert.equal(draft.title, 'The last boat');
    assert.equal(draft.publishedAt, '2024-03-05T08:20:30.000Z');
    assert.equal(draft.content.byline, 'Ada Byron');
    assert.match(draft.content.markdown, /^Alpha /);
    assert.equal(draft.payload.mediaType, 'text/html');
    assert.equal(Buffer.from(draft.payload.bytes).toString(), html);
  });

  test('is known by its canonical link on the same site', async () => {
    await using web = await site({ '/post': { body: blogPage({ head: '<link rel="canonical" href="/real">' }) } });
    const [draft] = (await web.crawl.crawl(web.source, web.server.url('/post'))).drafts;
    assert.equal(draft?.naturalKey, web.server.url('/real'));
  });

  test('cannot take the place of a page of another site', async () => {
    const head = '<link rel="canonical" href="https://famous.example/post">';
    await using web = await site({ '/post': { body: blogPage({ head }) } });
    const [draft] = (await web.crawl.crawl(web.source, web.server.url('/post'))).drafts;
    assert.equal(draft?.naturalKey, web.server.url('/post'));
  });

  test('is known by where redirects end', async () => {
    await using web = await site({
      '/old': { status: 301, headers: { location: '/new' } },
      '/new': { body: blogPage() },
    });
    const [draft] = (await web.crawl.crawl(web.source, web.server.url('/old'))).drafts;
    assert.equal(draft?.naturalKey, web.server.url('/new'));
  });

  test('that is unchanged costs a conditional request', async () => {
    await using web = await site({ '/post': tagged('"1"', blogPage({ head: '<link rel="canonical" href="/real">' })) });
    await web.crawl.crawl(web.source, web.server.url('/post'));
    const again = await web.crawl.crawl(web.source, web.server.url('/post'));
    assert.deepEqual([again.outcomes.length, again.unchanged], [1, 1]);
    assert.equal(web.server.requests[1]?.headers['if-none-match'], '"1"');
  });

  test('is fetched whole when its document is no longer there', async () => {
    await using web = await site({ '/post': tagged('"1"', blogPage()) });
    await web.crawl.crawl(web.source, web.server.url('/post'));
    web.crawl.documents.clear();
    assert.equal((await web.crawl.crawl(web.source, web.server.url('/post'))).drafts.length, 1);
  });

  test('that is gone twice is deleted, and fetched whole when it comes back', async () => {
    await using web = await site({ '/post': tagged('"1"', blogPage()) });
    const link = web.server.url('/post');
    await web.crawl.crawl(web.source, link);
    const route = web.server.routes.get('/post');
    web.server.routes.set('/post', { status: 410 });
    const mishap = await web.crawl.crawl(web.source, link);
    assert.deepEqual([mishap.of('rejected').map(({ reason }) => reason), mishap.of('deleted')], [['gone'], []]);
    const gone = await web.crawl.crawl(web.source, link);
    assert.deepEqual(
      gone.of('deleted').map(({ naturalKey }) => naturalKey),
      [link],
    );
    await assert.rejects(web.crawl.crawl(web.source, link), rejectedAs('gone'));
    if (route) web.server.routes.set('/post', route);
    assert.equal((await web.crawl.crawl(web.source, link)).drafts.length, 1);
  });

  test('stays when only a link that led to it is gone', async () => {
    await using web = await site({
      '/old': { status: 302, headers: { location: '/new' } },
      '/new': { body: blogPage() },
    });
    await web.crawl.crawl(web.source, web.server.url('/old'));
    web.server.routes.delete('/old');
    const report = await web.crawl.crawl(web.source, web.server.url('/old'));
    assert.deepEqual(report.of('deleted'), []);
    assert.equal(report.unchanged, 1);
  });

  test('that was never there is rejected', async () => {
    await using web = await site({});
    await assert.rejects(web.crawl.crawl(web.source, web.server.url('/none')), rejectedAs('not_found'));
  });

  test('of Markdown or plain text is taken as it is', async () => {
    await using web = await site({
      '/a.md': { body: '# Boats\n\n* one boat that never came back\n', headers: { 'content-type': 'text/markdown' } },
      '/a.txt': {
        body: 'one *two*\r\n  three boats that came back',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
      },
    });
    const [markdown] = (await web.crawl.crawl(web.source, web.server.url('/a.md'))).drafts;
    assert.deepEqual(
      [markdown?.title, markdown?.content],
      ['Boats', { markdown: '* one boat that never came back\n' }],
    );
    const [text] = (await web.crawl.crawl(web.source, web.server.url('/a.txt'))).drafts;
    assert.deepEqual(text?.content, { markdown: 'one *two*\n  three boats that came back' });
  });

  test('of Markdown or plain text passes the same gate as HTML', async () => {
    const refusals: readonly (readonly [body: string, reason: string])[] = [
      ['Access denied', 'error_page'],
      ['Forbidden\n\nYou do not have permission to access this.', 'error_page'],
      ['Please log in to continue.', 'login_page'],
      ['Checking your browser before accessing the site.', 'challenge_page'],
      ['So far.', 'empty_page'],
    ];
    for (const type of ['text/plain', 'text/markdown']) {
      const answer = (body: string): Route => ({ body, headers: { 'content-type': type } });
      await using web = await site({
        '/busy': answer('Too many requests'),
        '/note': answer('I made a game of boats this summer. It requires JavaScript.'),
        ...Object.fromEntries(refusals.map(([body], at) => [`/${at}`, answer(body)])),
      });
      const crawled = (path: string) => web.crawl.crawl(web.source, web.server.url(path));
      for (const [at, [body, reason]] of refusals.entries()) {
        await assert.rejects(crawled(`/${at}`), rejectedAs(reason), `${type}: ${body}`);
      }
      await assert.rejects(crawled('/busy'), TransientError);
      assert.equal(web.crawl.documents.size, 0);
      assert.equal((await crawled('/note')).drafts.length, 1, 'text that speaks of scripts runs none');
    }
  });

  test('that is not one is rejected with its reason', async () => {
    const challenge = '<title>Just a moment...</title><p>Checking your browser before accessing</p>';
    await using web = await site({
      '/pdf': { body: '%PDF-1.7', headers: { 'content-type': 'application/pdf' } },
      '/challenge': { body: challenge },
      '/empty': { body: '<title>x</title>' },
      '/blank': { body: ' \n', headers: { 'content-type': 'text/plain' } },
      '/busy': { body: '<pre>Too many requests</pre>' },
    });
    const crawled = (path: string) => web.crawl.crawl(web.source, web.server.url(path));
    await assert.rejects(crawled('/pdf'), rejectedAs('unsupported_media_type'));
    await assert.rejects(crawled('/challenge'), rejectedAs('challenge_page'));
    await assert.rejects(crawled('/empty'), rejectedAs('empty_page'));
    await assert.rejects(crawled('/blank'), rejectedAs('empty_page'));
    await assert.rejects(crawled('/busy'), TransientError);
    assert.equal(web.crawl.documents.size, 0);
    assert.equal(web.crawl.states.size, 0);
  });

  test('that shows nothing in a browser either is refused without asking for one', async () => {
    const shell = '<title>App</title><div id="root"></div><script src="/app.js"></script>';
    await using web = await site({ '/app': { body: shell } });
    const shown: readonly (readonly [html: string, reason: string])[] = [
      ['<title>App</title><p>Please enable JavaScript.</p>', 'javascript_required'],
      [shell, 'empty_page'],
    ];
    for (const [html, reason] of shown) {
      const browser: Pick<Browser, 'visit'> = {
        visit: async (url, _, use) =>
          await use({
            url: async () => url,
            html: async () => html,
            waitFor: async () => false,
            scrollToEnd: async () => 0,
            goTo: async () => {},
            type: async () => {},
            click: async () => {},
          }),
      };
      await using fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
      const source = new ArticleSource({ fetcher, read: readPage, browser });
      await assert.rejects(web.crawl.crawl(source, web.server.url('/app')), (error) => {
        assert.ok(rejectedAs(reason)(error));
        assert.match(String(error), /even in a browser that has run/);
        assert.doesNotMatch(String(error), /only to a browser|apt-get/);
        return true;
      });
    }
  });

  test('is claimed by its scheme', async () => {
    await using web = await site({});
    assert.equal(await web.source.taskFor(new URL('https://x.example/a-post')), 'fetch');
    assert.equal(await web.source.taskFor(new URL('ftp://x.example/')), undefined);
  });
});
