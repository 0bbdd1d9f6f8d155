import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import { shapeOf } from '../../../runtime/sources/article/article-links.ts';
import { standsForMany } from '../../../runtime/sources/article/discover.ts';
import { blogPage } from '../../html/pages.ts';
import { SiteCrawl, tagged } from './site-crawl.ts';

const xml = 'application/xml';
const rejectedAs = (reason: string) => (error: unknown) => error instanceof RejectedInput && error.reason === reason;

/** Numbers from 1. */
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const home = (body: string, head = ''): string =>
  `<!doctype html><html><head>${head}</head><body>${body}</body></html>`;

function publish(site: SiteCrawl, paths: readonly string[]): void {
  for (const path of paths) site.server.routes.set(path, tagged(`"${path}"`, blogPage()));
}

function sitemap(
  site: SiteCrawl,
  paths: readonly string[],
  tag: string,
  lastmod: (at: number) => string | undefined,
): void {
  const urls = paths.map((path, at) => {
    const date = lastmod(at);
    return `<url><loc>${site.server.url(path)}</loc>${date === undefined ? '' : `<lastmod>${date}</lastmod>`}</url>`;
  });
  site.server.routes.set('/sitemap.xml', tagged(tag, `<urlset>${urls.join('')}</urlset>`, xml));
}

function feed(site: SiteCrawl, paths: readonly string[], at = '/feed'): void {
  const items = paths.map((path) => `<item><link>${path}</link></item>`).join('');
  const body = `<rss><channel><link>${site.server.origin}</link>${items}</channel></rss>`;
  site.server.routes.set(at, tagged(`"${paths.length}"`, body, xml));
}

const found = (site: SiteCrawl): string[] =>
  [...site.memory.documents.keys()].map((key) => key.replace(`web ${site.server.origin}`, '')).sort();
const dated = (at: number): string => `2024-01-${String((at % 28) + 1).padStart(2, '0')}`;

suite('A site', () => {
  test('of three hundred texts is found whole, though its feed shows ten, and without what is no text', async () => {
    await using site = await SiteCrawl.start();
    const texts = numbers(300).map((number) => `/texts/boat-${number}`);
    const others = ['/', '/about', '/tag/boats', '/texts/tag/boats', '/contact', '/files/boat.pdf', '/other/boat-1'];
    site.server.routes.set('/', tagged('"home"', home('<p>Boats.</p>')));
    publish(site, [...texts, ...others.slice(1)]);
    feed(site, texts.slice(0, 10));
    sitemap(site, [...others, ...texts], '"s"', dated);
    const first = await site.crawl('/');
    assert.deepEqual([first.drafts.length, found(site)], [300, [...texts].sort()]);
    site.asked();
    const second = await site.crawl('/');
    assert.deepEqual([second.drafts.length, second.unchanged], [0, 300]);
    assert.deepEqual(site.asked(), ['/feed if changed', '/sitemap.xml if changed']);
  });

  test('whose sitemap dates everything alike is asked for each text, conditionally', async () => {
    await using site = await SiteCrawl.start({ '/': tagged('"home"', home('<p>Boats.</p>')) });
    const texts = numbers(5).map((number) => `/texts/boat-${number}`);
    publish(site, texts);
    sitemap(site, texts, '"s"', () => '2024-01-01');
    await site.crawl('/');
    site.server.routes.set(
      '/texts/boat-3',
      tagged('"new"', blogPage({ article: '<p>Another text, on boats and on the people who sail in them.</p>' })),
    );
    site.asked();
    const second = await site.crawl('/');
    assert.deepEqual([second.drafts.length, second.unchanged], [1, 4]);
    assert.deepEqual(site.asked().sort(), ['/sitemap.xml if changed', ...texts.map((path) => `${path} if changed`)]);
  });

  test('that no longer lists a text which is gone loses it at once, and one that is there keeps it', async () => {
    await using site = await SiteCrawl.start({ '/': tagged('"home"', home('<p>Boats.</p>')) });
    const texts = numbers(5).map((number) => `/texts/boat-${number}`);
    publish(site, texts);
    sitemap(site, texts, '"s"', dated);
    await site.crawl('/');
    site.server.routes.delete('/texts/boat-5');
    sitemap(site, texts.slice(0, 3), '"t"', dated);
    const second = await site.crawl('/');
    assert.equal(second.of('deleted').length, 1);
    assert.deepEqual(found(site), texts.slice(0, 4));
  });

  test('without a sitemap gives what its feed and its archive have', async () => {
    await using site = await SiteCrawl.start();
    const texts = numbers(9).map((number) => `/2024/boat-${number}`);
    const link = (path: string): string => `<h2><a href="${path}">A boat</a></h2>`;
    publish(site, texts);
    feed(site, texts.slice(0, 3), '/rss-of-mine');
    const head = '<link rel="alternate" type="application/rss+xml" href="/rss-of-mine">';
    const nav = '<nav><a href="/2024/boat-in-nav">Boat</a></nav><a href="/about">About</a><a href="/one-more">x</a>';
    site.server.routes.set('/', {
      body: home(`${nav}<main>${texts.slice(0, 5).map(link).join('')}<a href="/page/2/">Older posts</a></main>`, head),
    });
    site.server.routes.set('/page/2/', { body: home(`<main>${texts.slice(5).map(link).join('')}</main>`) });
    await site.crawl('/');
    assert.deepEqual(found(site), texts);
  });

  test('with links and nothing else gives what its links lead to', async () => {
    await using site = await SiteCrawl.start();
    const texts = numbers(4).map((number) => `/boat-${number}.html`);
    publish(site, texts);
    site.server.routes.set('/', { body: home(texts.map((path) => `<li><a href="${path}">Boat</a></li>`).join('')) });
    await site.crawl('/');
    assert.deepEqual(found(site), texts);
  });

  test('whose only feed is unsafe says so when there is nothing else, and is read when there is', async () => {
    const bomb = '<!DOCTYPE rss [<!ENTITY a "boats">]><rss><channel><title>&a;</title></channel></rss>';
    const head = '<link rel="alternate" type="application/rss+xml" href="/feed-of-mine">';
    await using site = await SiteCrawl.start({ '/feed-of-mine': tagged('"bomb"', bomb, xml) });
    site.server.routes.set('/', { body: home('', head) });
    await assert.rejects(site.crawl('/'), (error) => {
      assert.ok(rejectedAs('unsafe_xml')(error));
      return error instanceof Error && /feed-of-mine defines entities.*page itself/.test(error.message);
    });
    site.server.routes.set('/', { body: blogPage().replace('<head>', `<head>${head}`) });
    await site.crawl('/');
    assert.deepEqual(found(site), ['/']);
    // At a place where feeds are only usual, anything may be.
    await using other = await SiteCrawl.start({ '/feed': tagged('"bomb"', bomb, xml), '/': { body: home('') } });
    await assert.rejects(other.crawl('/'), rejectedAs('empty_page'));
  });

  test('of one page is that page', async () => {
    await using site = await SiteCrawl.start({ '/': tagged('"home"', blogPage()) });
    const report = await site.crawl('/');
    assert.deepEqual(found(site), ['/']);
    assert.equal(report.drafts[0]?.link, site.server.url('/'));
  });

  test('that only answers with challenges fails by that', async () => {
    await using site = await SiteCrawl.start();
    const challenge = '<title>Just a moment...</title><p>Checking your browser before accessing</p>';
    for (const path of ['/', '/feed', '/sitemap.xml', '/robots.txt', '/rss.xml']) {
      site.server.routes.set(path, { body: challenge });
    }
    await assert.rejects(site.crawl('/'), rejectedAs('challenge_page'));
  });

  test('names its sitemap in robots.txt', async () => {
    await using site = await SiteCrawl.start({ '/': { body: home('<p>Boats.</p>') } });
    publish(site, ['/a-boat', '/b-boat']);
    sitemap(site, ['/a-boat', '/b-boat'], '"s"', dated);
    const route = site.server.routes.get('/sitemap.xml');
    if (route) site.server.routes.set('/map-of-mine.xml', route);
    site.server.routes.delete('/sitemap.xml');
    site.server.routes.set('/robots.txt', { body: `User-agent: *\nSitemap: ${site.server.url('/map-of-mine.xml')}\n` });
    await site.crawl('/');
    assert.deepEqual(found(site), ['/a-boat', '/b-boat']);
  });

  test("that is Medium's or Substack's is handed over, the next time without a request", async () => {
    const head = '<meta property="al:android:package" content="com.medium.reader">';
    await using site = await SiteCrawl.start({
      '/': { body: blogPage({ head }) },
      '/a-post': { body: blogPage({ head }) },
    });
    const handedOver = { outcome: 'job', task: 'discover', url: site.server.url('/'), platform: 'medium' };
    assert.deepEqual((await site.crawl('/')).of('job'), [handedOver]);
    site.asked();
    assert.deepEqual((await site.crawl('/')).of('job'), [handedOver]);
    assert.deepEqual(site.asked(), []);
    const post = await site.crawl('/a-post');
    assert.deepEqual(post.of('job'), [{ ...handedOver, task: 'fetch', url: site.server.url('/a-post') }]);
  });
});

test('A section of a site is what lies below it', async () => {
  await using site = await SiteCrawl.start({ '/blog/': { body: home('<p>Boats.</p>') } });
  const texts = ['/blog/a-boat', '/blog/b-boat'];
  publish(site, [...texts, '/news/c-boat']);
  sitemap(site, ['/blog/', ...texts, '/news/c-boat'], '"s"', dated);
  await site.crawl('/blog/');
  assert.deepEqual(found(site), texts);
});

test('A feed that is asked for is expanded, whatever its link looks like', async () => {
  await using site = await SiteCrawl.start();
  publish(site, ['/a', '/b']);
  feed(site, ['/a', '/b'], '/strange');
  await site.crawl('/strange');
  assert.deepEqual(found(site), ['/a', '/b']);
});

suite('A page that needs scripts', () => {
  const shell = '<title>App</title><div id="root"></div><script src="/app.js"></script>';
  test('is rendered where there is a browser', async () => {
    const browser = {
      visit: async <Result>(url: string, _: object, use: (page: never) => Promise<Result>): Promise<Result> => {
        const page = { url: async () => url, html: async () => blogPage(), waitFor: async () => true };
        return await use(page as never);
      },
    };
    await using site = await SiteCrawl.start({ '/app-post': { body: shell } }, browser);
    const report = await site.crawl('/app-post');
    assert.equal(report.drafts[0]?.title, 'The last boat');
    assert.equal(Buffer.from(report.drafts[0]?.payload.bytes ?? []).toString(), blogPage());
  });

  test('is refused where there is none, with what to install', async () => {
    await using site = await SiteCrawl.start({ '/app-post': { body: shell } });
    await assert.rejects(site.crawl('/app-post'), (error) => {
      assert.ok(rejectedAs('javascript_required')(error));
      assert.match(String(error), /chromium-driver/);
      return true;
    });
  });
});

test('A link stands for many texts when it is a root, a section, a feed or a sitemap', () => {
  const many = [
    '/',
    '/blog',
    '/posts/',
    '/writing',
    '/essays/',
    '/archive',
    '/~ada/',
    '/en/blog/',
    '/feed',
    '/rss.xml',
    '/sitemap.xml',
    '/sitemap_index.xml',
    '/blog/feed.json',
    '/posts.atom',
  ];
  for (const path of many) assert.equal(standsForMany(new URL(path, 'https://x.example')), true, path);
  const one = [
    '/?p=12',
    '/blog/a-boat',
    '/posts/1',
    '/feedback',
    '/about',
    '/archive/a-boat',
    '/rss-is-not-dead',
    '/~ada/boats.html',
  ];
  for (const path of one) assert.equal(standsForMany(new URL(path, 'https://x.example')), false, path);
});

test('The shape of texts is learnt from examples', () => {
  const links = (...paths: string[]): URL[] => paths.map((path) => new URL(path, 'https://x.example'));
  const fits = (examples: URL[], path: string): boolean | undefined =>
    shapeOf(examples)?.(new URL(path, 'https://x.example'));
  const byDate = links('/2023/05/one/', '/2024/11/two/');
  assert.deepEqual(
    ['/1999/01/old/', '/2024/11/', '/about/me/now/', '/2024/05/a/b/', '/tag/05/x/'].map((path) => fits(byDate, path)),
    [true, false, false, false, false],
  );
  const atRoot = links('/a-b', '/c-d', '/e-f', '/g-h', '/i-j');
  assert.deepEqual(
    ['/k-l', '/projects', '/about'].map((path) => fits(atRoot, path)),
    [true, false, false],
  );
  assert.deepEqual(
    ['/?p=3', '/?cat=3', '/'].map((path) => fits(links('/?p=1', '/?p=2'), path)),
    [true, false, false],
  );
  const byCategory = links('/sea/one.html', '/land/two.html');
  assert.deepEqual(
    ['/air/three.html', '/tag/three.html', '/air/x'].map((path) => fits(byCategory, path)),
    [true, false, false],
  );
  assert.equal(shapeOf([]), undefined);
});
