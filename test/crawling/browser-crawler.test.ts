import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpFetcher } from '../../runtime/adapters/http/http-fetcher.ts';
import { BrowserCrawler } from '../../runtime/crawling/browser-crawler.ts';
import type { CrawlJob, CrawlTask } from '../../runtime/domain/crawl-job.ts';
import { RejectedInput } from '../../runtime/domain/errors.ts';
import type { Browser } from '../../runtime/ports/browser.ts';
import type { CrawlContext, Crawled } from '../../runtime/ports/source.ts';
import { readPage } from '../../runtime/sources/article/extract.ts';
import { openPool } from '../adapters/chrome/open-pool.ts';
import { page, ReplicaServer } from '../replica/server.ts';
import { MemoryCrawl } from '../sources/crawl-context.ts';

const text = 'It is a long way down to the harbour, and the last boat leaves at noon. '.repeat(4);
const built = page(
  'Harbour',
  `<div id=root></div><script>
  document.getElementById('root').innerHTML = '<article><h1>Harbour</h1><p>${text}</p></article>';
</script>`,
);
const plain = page('Harbour', `<article><h1>Harbour</h1><p>${text}</p></article><script>1</script>`);

class Crawler extends BrowserCrawler {
  readonly platform = 'web';

  async taskFor(): Promise<CrawlTask> {
    return 'fetch';
  }

  protected discover(job: CrawlJob, context: CrawlContext): AsyncIterable<Crawled> {
    return this.fetchDocument(job, context);
  }
}

async function crawl(site: ReplicaServer, path: string, browser?: Pick<Browser, 'visit'>) {
  await using fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
  return await new MemoryCrawl().crawl(new Crawler({ fetcher, read: readPage, browser }), site.url(path));
}

test('a page that only its scripts give a text is read in a browser, and no other page is', async () => {
  await using site = await ReplicaServer.start({ routes: { '/built': { body: built }, '/plain': { body: plain } } });
  await using open = await openPool();
  const [fromScripts] = (await crawl(site, '/built', open.pool)).drafts;
  assert.ok(fromScripts?.kind === 'article');
  assert.match(fromScripts.content.markdown, /last boat leaves at noon/);
  const asked = site.requests.length;
  const [fromHtml] = (await crawl(site, '/plain', open.pool)).drafts;
  assert.ok(fromHtml?.kind === 'article');
  assert.equal(fromHtml.content.markdown, fromScripts.content.markdown);
  assert.equal(site.requests.length, asked + 1, 'the browser did not ask');
});

test('a page that stays without a text in the browser is refused', async () => {
  const empty = page('App', '<div id=root></div><script>setTimeout(() => {}, 10)</script>');
  await using site = await ReplicaServer.start({ routes: { '/': { body: empty } } });
  await using open = await openPool();
  await assert.rejects(
    crawl(site, '/', open.pool),
    (error) => error instanceof RejectedInput && /empty_page|javascript_required/.test(error.reason),
  );
});

test('without a browser it is said what to install', async () => {
  await using site = await ReplicaServer.start({ routes: { '/built': { body: built } } });
  const missing: Pick<Browser, 'visit'> = {
    visit: async () => {
      throw new RejectedInput('browser_missing', 'there is no Chrome at /nowhere');
    },
  };
  for (const browser of [undefined, missing]) {
    await assert.rejects(
      crawl(site, '/built', browser),
      (error) =>
        error instanceof RejectedInput &&
        error.reason === 'javascript_required' &&
        /apt-get install/.test(error.message),
    );
  }
});
