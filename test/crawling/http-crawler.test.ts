import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CrawlJob, Discovery } from '../../runtime/domain/crawl-job.ts';
import { RejectedInput } from '../../runtime/domain/errors.ts';
import type { Crawled } from '../../runtime/ports/source.ts';
import { blogPage } from '../html/pages.ts';
import { SiteCrawl, tagged } from '../sources/article/site-crawl.ts';
import { jobFor } from '../sources/crawl-context.ts';

const rejectedAs = (reason: string) => (error: unknown) => error instanceof RejectedInput && error.reason === reason;
const long = new Date(Date.now() - 3_600_000).toISOString();

/** A job of a catalogue whose root was asked for just now, unless told otherwise. */
function found(site: SiteCrawl, path: string, discovery: Partial<Discovery> = {}, author = 'Ada'): CrawlJob {
  const requestedAt = new Date(Date.now() + 1_000).toISOString();
  return {
    ...jobFor('web', site.server.url(path), author),
    discovery: { root: site.server.url('/'), requestedAt, ...discovery },
  };
}

const outcomes = (crawled: readonly Crawled[]): string[] => crawled.map(({ outcome }) => outcome);

suite('A document of a catalogue', () => {
  test('is asked for conditionally the second time only', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['document']);
    assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['unchanged']);
    assert.deepEqual(site.asked(), ['/a', '/a if changed']);
  });

  test('is asked for by its date where it has no tag', async () => {
    const modified = 'Tue, 05 Mar 2024 10:00:00 GMT';
    await using site = await SiteCrawl.start({
      '/a': ({ headers }) =>
        headers['if-modified-since'] === modified
          ? { status: 304 }
          : { body: blogPage(), headers: { 'last-modified': modified } },
    });
    await site.work(found(site, '/a'));
    assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['unchanged']);
  });

  test('that was stored since it was asked for is not asked for again', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    await site.work(found(site, '/a'));
    assert.deepEqual(outcomes(await site.work(found(site, '/a', { requestedAt: long }))), ['unchanged']);
    assert.deepEqual(site.asked(), ['/a']);
  });

  test('that its listing dates as it was when it was stored is not asked for again', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    await site.work(found(site, '/a', { lastmod: '2024-01-01' }));
    await site.work(found(site, '/a', { lastmod: '2024-01-01' }));
    assert.deepEqual(site.asked(), ['/a']);
    await site.work(found(site, '/a', { lastmod: '2024-01-02' }));
    assert.deepEqual(site.asked(), ['/a if changed']);
    await site.work(found(site, '/a', { lastmod: '2024-01-02' }));
    assert.deepEqual(site.asked(), []);
  });

  test('that a person asks for by its own link is asked for, whatever is known', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    await site.work(found(site, '/a'));
    assert.deepEqual(outcomes(await site.work(jobFor('web', site.server.url('/a')))), ['unchanged']);
    assert.deepEqual(site.asked(), ['/a', '/a if changed']);
  });

  test('is fetched whole for another author', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    await site.work(found(site, '/a'));
    assert.deepEqual(outcomes(await site.work(found(site, '/a', { requestedAt: long }, 'Grace'))), ['document']);
    assert.deepEqual(site.asked(), ['/a', '/a']);
  });

  test('is fetched whole when its document is no longer there', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    await site.work(found(site, '/a', { lastmod: '1' }));
    site.memory.documents.clear();
    assert.deepEqual(outcomes(await site.work(found(site, '/a', { lastmod: '1', requestedAt: long }))), ['document']);
    assert.deepEqual(site.asked(), ['/a', '/a']);
  });
});

suite('A document that is gone', () => {
  test('is deleted when the next crawl finds it gone, too', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    await site.work(found(site, '/a'));
    site.server.routes.set('/a', { status: 404 });
    assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['rejected']);
    assert.equal(site.memory.documents.size, 1);
    assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['deleted']);
    assert.deepEqual([site.memory.documents.size, site.memory.states.size], [0, 0]);
  });

  test('is kept when the next crawl finds it again, and then must be gone twice anew', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    await site.work(found(site, '/a'));
    const route = site.server.routes.get('/a');
    assert.ok(route);
    for (let round = 0; round < 2; round += 1) {
      site.server.routes.set('/a', { status: 410 });
      assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['rejected']);
      site.server.routes.set('/a', route);
      assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['unchanged']);
    }
  });

  test('stays one of its catalogue when a person asks for it by its own link, found or gone', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    await site.work(found(site, '/a'));
    const scope = () => site.memory.states.get(site.server.url('/a'))?.scope;
    await site.work(jobFor('web', site.server.url('/a')));
    assert.equal(scope(), site.server.url('/'));
    site.server.routes.set('/a', { status: 404 });
    await site.work(jobFor('web', site.server.url('/a')));
    assert.equal(scope(), site.server.url('/'));
  });

  test('because it has moved leaves its place to what it is now', async () => {
    await using site = await SiteCrawl.start({ '/a': { body: blogPage() } });
    await site.work(found(site, '/a'));
    site.server.routes.set('/a', { status: 301, headers: { location: '/new/a' } });
    site.server.routes.set('/new/a', { body: blogPage() });
    assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['deleted', 'document']);
    assert.deepEqual([...site.memory.documents.keys()], [`web ${site.server.url('/new/a')}`]);
    assert.equal(site.memory.states.get(site.server.url('/a'))?.validators['naturalKey'], site.server.url('/new/a'));
  });

  test('is deleted at once when its listing no longer names it either', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    await site.work(found(site, '/a', { lastmod: '1' }));
    assert.deepEqual(outcomes(await site.work(found(site, '/a', { unlisted: true, requestedAt: long }))), [
      'unchanged',
    ]);
    site.server.routes.set('/a', { status: 404 });
    assert.deepEqual(outcomes(await site.work(found(site, '/a', { unlisted: true, requestedAt: long }))), ['deleted']);
  });

  test('and never was stored is a loss of its catalogue, told each time, and of a link by itself a failure', async () => {
    await using site = await SiteCrawl.start();
    for (let round = 0; round < 2; round += 1) {
      const [loss] = await site.work(found(site, '/a'));
      assert.ok(loss?.outcome === 'rejected');
      assert.equal(loss.reason, 'not_found');
    }
    await assert.rejects(site.work(jobFor('web', site.server.url('/a'))), rejectedAs('not_found'));
  });
});

suite('A page that is no content', () => {
  const challenge = '<title>Just a moment...</title><p>Checking your browser before accessing</p>';

  test('is asked for conditionally again, and refused again as long as it is the same', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', challenge) });
    for (const asked of ['/a', '/a if changed', '/a if changed']) {
      const [refused] = await site.work(found(site, '/a'));
      assert.ok(refused?.outcome === 'rejected');
      assert.deepEqual([refused.reason, site.asked()], ['challenge_page', [asked]]);
    }
    site.server.routes.set('/a', tagged('"2"', blogPage()));
    assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['document']);
  });

  test('fails the job of a person, who asked for nothing else', async () => {
    await using site = await SiteCrawl.start({ '/a': { body: challenge } });
    await assert.rejects(site.work(jobFor('web', site.server.url('/a'))), rejectedAs('challenge_page'));
  });

  test('does not take away what was stored before', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    await site.work(found(site, '/a'));
    const route = site.server.routes.get('/a');
    site.server.routes.set('/a', tagged('"c"', challenge));
    assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['rejected']);
    assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['rejected']);
    assert.deepEqual([site.memory.documents.size, site.asked().at(-1)], [1, '/a if changed']);
    if (route) site.server.routes.set('/a', route);
    assert.deepEqual(outcomes(await site.work(found(site, '/a'))), ['document']);
  });

  test('and then is gone takes its document along', async () => {
    await using site = await SiteCrawl.start({ '/a': tagged('"1"', blogPage()) });
    await site.work(found(site, '/a'));
    site.server.routes.set('/a', { body: challenge });
    await site.work(found(site, '/a'));
    site.server.routes.set('/a', { status: 404 });
    assert.deepEqual(outcomes(await site.work(found(site, '/a', { unlisted: true }))), ['deleted']);
    assert.equal(site.memory.documents.size, 0);
  });

  test('may be a list, which is expanded for a person and refused in a catalogue', async () => {
    const body = '<rss><channel><item><link>/b</link></item></channel></rss>';
    await using site = await SiteCrawl.start({ '/a': { body, headers: { 'content-type': 'text/xml' } } });
    const url = site.server.url('/a');
    assert.deepEqual(await site.work(jobFor('web', url)), [{ outcome: 'job', task: 'discover', url }]);
    const [refused] = await site.work(found(site, '/a'));
    assert.ok(refused?.outcome === 'rejected' && refused.reason === 'unsupported_media_type');
  });
});
