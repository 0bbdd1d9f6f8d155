import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HttpFetcher } from '../../../runtime/adapters/http/http-fetcher.ts';
import { TransientError } from '../../../runtime/domain/errors.ts';
import { readPage } from '../../../runtime/sources/substack/extract.ts';
import { settled } from '../../../runtime/sources/substack/listings.ts';
import { SubstackSource } from '../../../runtime/sources/substack/source.ts';
import { ReplicaServer } from '../../replica/server.ts';
import { MemoryCrawl } from '../crawl-context.ts';
import { SubstackCrawl } from './substack-crawl.ts';

const host = 'ledger.substack.com';
const front = `https://${host}/`;

async function publication(posts: number) {
  const substack = await SubstackCrawl.start();
  return { substack, ledger: substack.web.substack.publication('ledger', { name: 'Ledger', author: 'Ada', posts }) };
}

const pathsOf = (substack: SubstackCrawl) => substack.web.visitsTo(host).map(({ path }) => path);

suite('The catalogue of a publication', () => {
  test('is found whole by its sitemap, where the feed has twenty posts', async () => {
    const { substack, ledger } = await publication(300);
    await using _ = substack;
    const report = await substack.crawl(front);
    assert.equal(report.drafts.length, 300);
    assert.deepEqual(
      new Set(report.drafts.map(({ link }) => link)),
      new Set(ledger.catalogue.posts.map((post) => ledger.linkOf(post))),
    );
    assert.equal(substack.web.visits.length, 301, 'the sitemap, and each post once');
  });

  test('costs one conditional request when nothing is new', async () => {
    const { substack } = await publication(300);
    await using _ = substack;
    await substack.crawl(front);
    substack.web.forgetVisits();
    const again = await substack.crawl(front);
    assert.deepEqual(
      substack.web.visits.map(({ path, status }) => [path, status]),
      [['/sitemap.xml', 304]],
    );
    assert.equal(again.unchanged, 300);
    assert.deepEqual(again.drafts, []);
  });

  test('costs one more request for each post that was edited', async () => {
    const { substack, ledger } = await publication(30);
    await using _ = substack;
    await substack.crawl(front);
    const edited = ledger.catalogue.edit(7, 'Since then I have changed my mind.');
    substack.web.forgetVisits();
    const again = await substack.crawl(front);
    assert.deepEqual(pathsOf(substack), ['/sitemap.xml', `/p/${edited.slug}`]);
    const [draft] = again.drafts;
    assert.ok(again.drafts.length === 1 && draft?.kind === 'article');
    assert.match(draft.content.markdown, /^Since then I have changed my mind\./);
    assert.equal(again.unchanged, 29);
  });

  test('loses a post that is neither listed nor there', async () => {
    const { substack, ledger } = await publication(30);
    await using _ = substack;
    await substack.crawl(front);
    const removed = ledger.catalogue.remove(7);
    substack.web.forgetVisits();
    const again = await substack.crawl(front);
    assert.deepEqual(pathsOf(substack), ['/sitemap.xml', `/p/${removed.slug}`]);
    assert.equal(again.of('deleted').length, 1);
    assert.equal(substack.memory.documents.size, 29);
  });

  test('is found whole by the archive, whose pages are shorter than was asked for, where there is no sitemap', async () => {
    const { substack } = await publication(300);
    await using _ = substack;
    substack.missing.add('/sitemap.xml');
    const report = await substack.crawl(front);
    assert.equal(report.drafts.length, 300);
    substack.web.forgetVisits();
    const again = await substack.crawl(front);
    assert.equal(again.unchanged, 300);
    assert.ok(pathsOf(substack).every((path) => path.startsWith('/api/v1/archive?')));
  });

  test('is what the feed has, and nothing is taken for gone, where there is nothing else', async () => {
    const { substack } = await publication(30);
    await using _ = substack;
    await substack.crawl(front);
    for (const path of ['/sitemap.xml', '/api/v1/archive']) substack.missing.add(path);
    substack.web.forgetVisits();
    const report = await substack.crawl(front);
    assert.equal(report.of('job').length, 20);
    assert.ok(report.of('job').every(({ unlisted }) => unlisted === undefined));
    assert.equal(substack.memory.documents.size, 30);
  });

  test('names every reason when no list can be read', async () => {
    const { substack } = await publication(3);
    await using _ = substack;
    for (const path of ['/sitemap.xml', '/api/v1/archive', '/feed']) substack.missing.add(path);
    await assert.rejects(substack.crawl(front), /no list of its posts.*sitemap\.xml.*archive.*feed/);
  });

  test('is its own beside another one of the same person', async () => {
    const { substack } = await publication(5);
    await using _ = substack;
    substack.web.substack.publication('letters', { name: 'Letters', author: 'Ada', posts: 5 });
    const root = 'https://substack.com/@ada';
    await substack.crawl(front, root);
    const letters = await substack.crawl('https://letters.substack.com/', root);
    assert.equal(letters.of('job').length, 5, 'what the other has is not missing here');
    const again = await substack.crawl(front, root);
    assert.deepEqual([again.unchanged, again.of('job').length], [5, 0]);
  });

  test('is read again for another link that leads to it, also when a crawl of that was cut off', async () => {
    const { substack } = await publication(5);
    await using _ = substack;
    const archive = `${front}archive`;
    await substack.crawl(front);
    const { states } = substack.memory;
    const [key, state] = [...states].find(([link]) => link.includes('/p/')) ?? [];
    assert.ok(key !== undefined && state !== undefined);
    states.set(key, { ...state, scope: archive });
    const other = await substack.crawl(archive);
    assert.deepEqual([other.unchanged, other.of('job').length], [5, 0]);
    const { authorId } = state;
    const members = await substack.memory.context(authorId, new AbortController().signal).statesIn(archive);
    assert.equal(members.size, 5, 'all of them are looked after under both links');
  });

  test('lies on the domain of the publication', async () => {
    const { substack } = await publication(1);
    await using _ = substack;
    substack.web.substack.publication('letters', { name: 'L', author: 'Ada', posts: 12, domain: 'letters.example' });
    const report = await substack.crawl('https://letters.example/archive');
    assert.equal(report.drafts.length, 12);
    assert.ok(report.drafts.every(({ link }) => link.startsWith('https://letters.example/p/')));
  });

  test('has the posts whose pages say nothing to scripts', async () => {
    await using substack = await SubstackCrawl.start();
    const domOnly = ({ number }: { readonly number: number }) => number % 2 === 0;
    substack.web.substack.publication('ledger', { name: 'Ledger', author: 'Ada', posts: 4, domOnly });
    const report = await substack.crawl(front);
    assert.equal(report.drafts.length, 4);
    assert.ok(report.drafts.every(({ naturalKey }) => /^p-\d+$/.test(naturalKey)));
    assert.equal(pathsOf(substack).filter((path) => path.startsWith('/api/v1/posts/')).length, 2);
  });
});

test('A publication that has moved to a domain of its own is listed there', async () => {
  await using old = await ReplicaServer.start();
  await using own = await ReplicaServer.start({
    routes: { '/sitemap.xml': { body: '<urlset><url><loc>/p/boat</loc></url></urlset>' } },
  });
  old.routes.set('/sitemap.xml', { status: 301, headers: { location: own.url('/sitemap.xml') } });
  await using fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
  const source = new SubstackSource({ fetcher, read: readPage });
  const moved = await new MemoryCrawl().crawl(source, old.url('/'));
  assert.deepEqual(moved.outcomes, [{ outcome: 'job', task: 'discover', url: own.url('/') }]);
  const listed = await new MemoryCrawl().crawl(source, own.url('/'));
  assert.deepEqual(
    listed.of('job').map(({ url }) => url),
    [own.url('/p/boat')],
  );
});

test('A date is waited for to be over, as a post may change again on it', () => {
  const link = { url: front, lastmod: '2024-03-05' };
  assert.deepEqual(settled(link, Date.parse('2024-03-05T23:00:00Z')), { url: front });
  assert.deepEqual(settled(link, Date.parse('2024-03-07T01:00:00Z')), link);
  const exact = { url: front, lastmod: '2024-03-05T08:20:30.123Z' };
  assert.deepEqual(settled(exact, Date.parse('2024-03-05T09:00:00Z')), exact);
});

test('A sitemap with a date that is not over is read again, whatever its tag', async () => {
  const today = new Date().toISOString().slice(0, 10);
  await using server = await ReplicaServer.start();
  await using fetcher = new HttpFetcher({ allowPrivate: true, userAgent: 'test' });
  const source = new SubstackSource({ fetcher, read: readPage });
  for (const [lastmod, remembered] of [
    [today, 0],
    ['2024-03-05', 1],
  ] as const) {
    const body = `<urlset><url><loc>${server.url('/p/boat')}</loc><lastmod>${lastmod}</lastmod></url></urlset>`;
    server.routes.set('/sitemap.xml', { body, headers: { etag: '"1"' } });
    const report = await new MemoryCrawl().crawl(source, server.url('/'));
    assert.equal(report.of('job').length, 1);
    assert.equal(report.of('unchanged').length, remembered);
  }
});

suite('A post that cannot be read', () => {
  test('is refused when only its beginning is shown to those who do not pay', async () => {
    const { substack, ledger } = await publication(5);
    await using _ = substack;
    ledger.catalogue.close(3);
    const report = await substack.crawl(front);
    assert.deepEqual(
      report.of('rejected').map(({ reason }) => reason),
      ['paywall_stub'],
    );
    assert.equal(report.drafts.length, 4);
  });

  test('is asked for later when the answer is that too much is asked', async () => {
    const { substack, ledger } = await publication(5);
    await using _ = substack;
    ledger.refusals = 1;
    const [post] = ledger.catalogue.posts;
    assert.ok(post !== undefined);
    await assert.rejects(substack.crawl(ledger.linkOf(post)), TransientError);
    assert.equal((await substack.crawl(ledger.linkOf(post))).drafts.length, 1);
  });

  test('leaves the lists alone, too, when too much is asked', async () => {
    const { substack, ledger } = await publication(5);
    await using _ = substack;
    ledger.refusals = 10;
    await assert.rejects(substack.crawl(front), TransientError);
    assert.equal(substack.memory.documents.size, 0);
  });
});

suite('A profile', () => {
  test('leads to the publications of the person and to their notes', async () => {
    await using substack = await SubstackCrawl.start();
    substack.web.substack.publication('ledger', { name: 'Ledger', author: 'Ada', posts: 5, notes: 25 });
    const report = await substack.crawl('https://substack.com/@ledger');
    const kinds = report.drafts.map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'article').length, 5);
    assert.equal(kinds.filter((kind) => kind === 'post').length, 25);
    const note = report.drafts.find(({ kind }) => kind === 'post');
    assert.match(note?.link ?? '', /^https:\/\/substack\.com\/@ledger\/note\/c-\d+$/);
  });

  test('is found from its publication, for the notes', async () => {
    await using substack = await SubstackCrawl.start();
    substack.web.substack.publication('ledger', { name: 'Ledger', author: 'Ada', posts: 5, notes: 3 });
    const report = await substack.crawl(`${front}notes`);
    assert.deepEqual(
      report.drafts.map(({ kind }) => kind),
      ['post', 'post', 'post'],
    );
  });
});
