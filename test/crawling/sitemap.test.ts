import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { HttpFetcher } from '../../runtime/adapters/http/http-fetcher.ts';
import { readSitemap, type SitemapLink, type SitemapOptions } from '../../runtime/crawling/sitemap.ts';
import { RejectedInput, TransientError } from '../../runtime/domain/errors.ts';
import { ReplicaServer, type Route } from '../replica/server.ts';

const xml = { 'content-type': 'application/xml' };
const rejectedAs = (reason: string) => (error: unknown) => error instanceof RejectedInput && error.reason === reason;
const { signal } = new AbortController();

async function site(routes: Readonly<Record<string, Route>> = {}) {
  const server = await ReplicaServer.start({ routes });
  const fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
  const open = (path: string, options: Partial<SitemapOptions> = {}) =>
    readSitemap(fetcher, server.url(path), { signal, ...options });
  return {
    server,
    open,
    async read(path = '/sitemap.xml', options: Partial<SitemapOptions> = {}) {
      const reading = open(path, options);
      const links: SitemapLink[] = [];
      for await (const link of reading) links.push(link);
      return { reading, links, paths: links.map(({ url }) => url.replace(server.origin, '')) };
    },
    urls: (paths: readonly string[]): string =>
      `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${paths
        .map((path) => `<url><loc>${server.url(path)}</loc></url>`)
        .join('')}</urlset>`,
    index: (paths: readonly string[]): string =>
      `<sitemapindex>${paths.map((path) => `<sitemap><loc>${server.url(path)}</loc></sitemap>`).join('')}</sitemapindex>`,
    async [Symbol.asyncDispose]() {
      await fetcher[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

suite('A sitemap', () => {
  test('is read with its dates, and with extensions passed over', async () => {
    await using web = await site();
    const body = `\uFEFF<?xml version="1.0"?>
      <sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="i"><sm:url><sm:lastmod> 2024-01-02 </sm:lastmod>
      <image:image><image:loc>${web.server.url('/a.png')}</image:loc></image:image><sm:loc>
        ${web.server.url('/a')}?x=1&amp;y=2&amp;utm_source=z#top </sm:loc></sm:url>
      <sm:url><sm:loc><![CDATA[${web.server.url('/b')}]]></sm:loc><sm:lastmod></sm:lastmod></sm:url></sm:urlset><br/>`;
    web.server.routes.set('/sitemap.xml', { body, headers: xml });
    const { reading, links } = await web.read();
    assert.deepEqual(links, [
      { url: web.server.url('/a?x=1&y=2'), lastmod: '2024-01-02' },
      { url: web.server.url('/b'), lastmod: undefined },
    ]);
    assert.equal(reading.isComplete, true);
  });

  test('names links of its own site only', async () => {
    await using web = await site();
    const { port } = web.server;
    const links = [
      `http://127.0.0.1:${port}/own`,
      `http://www.127.0.0.1.example:${port}/other`,
      `http://127.0.0.2:${port}/other`,
      'http://127.0.0.1:1/other-port',
      'javascript:alert(1)',
      'http://[broken',
      `http://127.0.0.1:${port}/${'x'.repeat(2_100)}`,
      '',
    ];
    const body = `<urlset>${links.map((link) => `<url><loc>${link}</loc></url>`).join('')}</urlset>`;
    web.server.routes.set('/sitemap.xml', { body, headers: xml });
    assert.deepEqual((await web.read()).paths, ['/own']);
  });

  test('may be compressed, text, or both', async () => {
    await using web = await site();
    const text = `${web.server.url('/a')}\r\n\n${web.server.url('/b')}`;
    web.server.routes.set('/sitemap.xml.gz', { body: gzipSync(web.urls(['/a', '/b'])), headers: xml });
    web.server.routes.set('/sitemap.txt', { body: text, headers: { 'content-type': 'text/plain' } });
    web.server.routes.set('/sitemap.txt.gz', { body: gzipSync(text) });
    for (const path of ['/sitemap.xml.gz', '/sitemap.txt', '/sitemap.txt.gz']) {
      const { reading, paths } = await web.read(path);
      assert.deepEqual([paths, reading.isComplete], [['/a', '/b'], true], path);
    }
  });

  test('that is cut off gives what there is of it, and is not complete', async () => {
    await using web = await site();
    const whole = web.urls(Array.from({ length: 5_000 }, (_, index) => `/${index * 7919}`));
    web.server.routes.set('/sitemap.xml', { body: whole.slice(0, -200), headers: xml });
    web.server.routes.set('/sitemap.xml.gz', { body: gzipSync(whole).subarray(0, -4_000) });
    for (const path of ['/sitemap.xml', '/sitemap.xml.gz']) {
      const { reading, paths } = await web.read(path);
      assert.ok(paths.length > 1_000 && paths.length < 5_000);
      assert.deepEqual([reading.isComplete, reading.files], [false, []], path);
    }
  });

  test('ends where sitemaps.org says that it must', async () => {
    await using web = await site();
    const paths = Array.from({ length: 50_001 }, (_, index) => `/${index}`);
    web.server.routes.set('/sitemap.xml', { body: web.urls(paths.slice(1)), headers: xml });
    const allowed = await web.read();
    assert.deepEqual([allowed.paths.length, allowed.reading.isComplete], [50_000, true]);
    web.server.routes.set('/sitemap.xml', { body: web.urls(paths), headers: xml });
    const more = await web.read();
    assert.deepEqual([more.paths.length, more.reading.isComplete], [50_000, false]);
  });

  test('that is none is refused', async () => {
    const deep = `<urlset>${'<a>'.repeat(1_000)}`;
    const bomb =
      '<!DOCTYPE u [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>';
    await using web = await site({
      '/page': { body: '<!doctype html><html><body>Hello</body></html>' },
      '/empty': { body: '' },
      '/deep': { body: deep, headers: xml },
      '/bomb': { body: bomb, headers: xml },
      '/big.gz': { body: gzipSync(Buffer.alloc(51 * 1024 * 1024, ' ')) },
      '/odd.gz': { body: Uint8Array.of(0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) },
    });
    await assert.rejects(web.read('/page'), rejectedAs('malformed_sitemap'));
    await assert.rejects(web.read('/empty'), rejectedAs('malformed_sitemap'));
    await assert.rejects(web.read('/deep'), rejectedAs('malformed_sitemap'));
    await assert.rejects(web.read('/odd.gz'), rejectedAs('malformed_sitemap'));
    await assert.rejects(web.read('/bomb'), rejectedAs('unsafe_xml'));
    await assert.rejects(web.read('/big.gz'), rejectedAs('too_large'));
    await assert.rejects(web.read('/none'), rejectedAs('not_found'));
  });

  test('of any shape is read or refused', async () => {
    const piece = fc.constantFrom(
      ...[
        '<url>',
        '</url>',
        '<loc>',
        '</loc>',
        '<lastmod>',
        '<sitemap>',
        '</urlset>',
        '<![CDATA[',
        ']]>',
        '&amp;',
        '<!--',
      ],
      ...['http://site.example/', '<?', '<!', '-->', '&#0;', '<urlset/>', '\0'],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), async (pieces) => {
        const text = `<urlset>${pieces.join('')}`;
        const url = 'http://site.example/sitemap.xml';
        const fetch = async () =>
          ({ status: 'ok', url, mediaType: 'text/xml', text, body: Buffer.from(text) }) as const;
        try {
          for await (const link of readSitemap({ fetch }, url, { signal })) {
            assert.equal(new URL(link.url).host, 'site.example');
          }
        } catch (error) {
          assert.ok(error instanceof RejectedInput, String(error));
        }
      }),
    );
  });

  test('stops when it is told to', async () => {
    await using web = await site();
    web.server.routes.set('/sitemap.xml', { body: web.urls(['/a', '/b']), headers: xml });
    const controller = new AbortController();
    const reading = web.open('/sitemap.xml', { signal: controller.signal });
    controller.abort(new Error('stop'));
    await assert.rejects(reading[Symbol.asyncIterator]().next(), /stop/);
  });
});

suite('An index of sitemaps', () => {
  test('is read to its end, each file once, however they refer to each other', async () => {
    await using web = await site();
    web.server.routes.set('/sitemap.xml', { body: web.index(['/1.xml', '/2.xml', '/1.xml']), headers: xml });
    web.server.routes.set('/1.xml', { body: web.urls(['/a']), headers: xml });
    web.server.routes.set('/2.xml', { body: web.index(['/sitemap.xml', '/2.xml', '/3.xml']), headers: xml });
    web.server.routes.set('/3.xml', { body: web.urls(['/b']), headers: xml });
    const { reading, paths } = await web.read();
    assert.deepEqual([paths, reading.isComplete], [['/a', '/b'], true]);
    assert.equal(web.server.requests.length, 4);
  });

  test('is not complete when a file of it cannot be read', async () => {
    await using web = await site({ '/page': { body: '<html>Hello</html>' } });
    for (const broken of ['/none', '/page']) {
      web.server.routes.set('/sitemap.xml', { body: web.index([broken, '/1.xml']), headers: xml });
      web.server.routes.set('/1.xml', { body: web.urls(['/a']), headers: xml });
      const { reading, paths } = await web.read();
      assert.deepEqual([paths, reading.isComplete], [['/a'], false]);
    }
  });

  test('fails with a file that may be there later', async () => {
    await using web = await site({ '/1.xml': { status: 503 } });
    web.server.routes.set('/sitemap.xml', { body: web.index(['/1.xml']), headers: xml });
    await assert.rejects(web.read(), TransientError);
  });

  test('leads no deeper than three levels', async () => {
    await using web = await site();
    for (let level = 0; level < 10; level += 1) {
      web.server.routes.set(`/${level}.xml`, { body: web.index([`/${level + 1}.xml`]), headers: xml });
    }
    const { reading } = await web.read('/0.xml');
    assert.deepEqual([reading.isComplete, web.server.requests.length], [false, 4]);
  });

  test('leaves out files that nobody wants, and is complete without them', async () => {
    await using web = await site();
    web.server.routes.set('/sitemap.xml', { body: web.index(['/posts.xml', '/tags.xml']), headers: xml });
    web.server.routes.set('/posts.xml', { body: web.urls(['/a']), headers: xml });
    const { reading, paths } = await web.read('/sitemap.xml', { follow: (file) => !file.includes('tags') });
    assert.deepEqual([paths, reading.isComplete], [['/a'], true]);
  });
});

suite('A sitemap that was read before', () => {
  const tagged =
    (tag: string, body: string): Route =>
    (request) =>
      request.headers['if-none-match'] === tag ? { status: 304 } : { body, headers: { ...xml, etag: tag } };

  test('costs conditional requests only, while no file of it has changed', async () => {
    await using web = await site();
    web.server.routes.set('/sitemap.xml', tagged('"i"', web.index(['/1.xml'])));
    web.server.routes.set('/1.xml', tagged('"1"', web.urls(['/a'])));
    const { files } = (await web.read()).reading;
    assert.deepEqual(
      files.map(({ etag }) => etag),
      ['"i"', '"1"'],
    );
    const again = await web.read('/sitemap.xml', { known: files });
    assert.deepEqual([again.paths, again.reading.isUnchanged, again.reading.isComplete], [[], true, false]);
    assert.deepEqual(
      web.server.requests.slice(2).map(({ headers }) => headers['if-none-match']),
      ['"i"', '"1"'],
    );
  });

  test('is read whole when any file of it has changed', async () => {
    await using web = await site();
    web.server.routes.set('/sitemap.xml', tagged('"i"', web.index(['/1.xml', '/2.xml'])));
    web.server.routes.set('/1.xml', tagged('"1"', web.urls(['/a'])));
    web.server.routes.set('/2.xml', tagged('"2"', web.urls(['/b'])));
    const { files } = (await web.read()).reading;
    web.server.routes.set('/2.xml', tagged('"3"', web.urls(['/b', '/c'])));
    const inner = await web.read('/sitemap.xml', { known: files });
    assert.deepEqual([inner.paths, inner.reading.isComplete], [['/a', '/b', '/c'], true]);
    web.server.routes.set('/sitemap.xml', tagged('"j"', web.index(['/1.xml'])));
    const asked = web.server.requests.length;
    const top = await web.read('/sitemap.xml', { known: files });
    assert.deepEqual([top.paths, top.reading.isComplete], [['/a'], true]);
    assert.equal(web.server.requests.length - asked, 2);
  });
});
