import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import { authorId, crawlStateId } from '../../../runtime/domain/identity.ts';
import type { Browser } from '../../../runtime/ports/browser.ts';
import { MediumSite } from './medium-site.ts';
import { apolloPage, feedHtml, feedOf, pathOf, storyMarkdown, storyTitle } from './story-forms.ts';

const rejectedAs = (reason: string) => (error: unknown) => error instanceof RejectedInput && error.reason === reason;

const challenge = {
  status: 403,
  headers: { 'cf-mitigated': 'challenge' },
  body: '<html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt={}</script></body></html>',
};

/** So that what is asked for next was asked for later than everything stored. */
const later = () => delay(5);

suite('The catalogue of a person', () => {
  test('is found whole, although the feed has ten of three hundred stories', async () => {
    await using site = await MediumSite.start(300);
    const { listing } = await site.crawlAll();
    assert.equal(listing.of('job').length, 300);
    assert.equal(new Set(listing.of('job').map(({ url }) => url)).size, 300);
    assert.equal(site.crawl.documents.size, 300);
    assert.equal(site.server.hits('/_/graphql'), 30);
    assert.deepEqual(listing.of('skipped'), []);
  });

  test('costs one request for the feed and conditional ones for the stories when nothing is new', async () => {
    await using site = await MediumSite.start(30);
    await site.crawlAll();
    site.requests();
    await later();
    const { fetched } = await site.crawlAll();
    const requests = site.requests();
    assert.equal(requests.length, 31);
    assert.ok(
      requests.every((request) => request.startsWith('if changed: GET ')),
      requests.join('\n'),
    );
    assert.ok(fetched.every(({ outcome }) => outcome === 'unchanged'));
  });

  test('shows an edit to a story that the feed has long forgotten', async () => {
    await using site = await MediumSite.start(30);
    await site.crawlAll();
    await later();
    site.edit(3);
    const { fetched } = await site.crawlAll();
    assert.deepEqual(
      fetched.flatMap((crawled) => (crawled.outcome === 'document' ? [crawled.draft.link] : [])),
      [site.linkOf(3)],
    );
  });

  test('is listed anew when the feed no longer reaches back to what is known', async () => {
    await using site = await MediumSite.start(15);
    await site.crawlAll();
    site.requests();
    await later();
    for (let index = 100; index < 125; index += 1) site.publish(index);
    const { listing } = await site.crawlAll();
    assert.equal(site.crawl.documents.size, 40);
    assert.equal(site.requests().filter((request) => request.includes('graphql')).length, 4);
    // The listing dates the others as they were, so that they are not asked for.
    assert.equal(listing.unchanged, 15);
  });

  test('is not listed anew for one new story', async () => {
    await using site = await MediumSite.start(15);
    await site.crawlAll();
    site.requests();
    await later();
    site.publish(100);
    await site.crawlAll();
    assert.equal(site.crawl.documents.size, 16);
    assert.ok(!site.requests().some((request) => request.includes('graphql')));
  });

  test('loses a story that is gone from it and from its link', async () => {
    await using site = await MediumSite.start(5);
    await site.crawlAll();
    await later();
    site.remove(2);
    for (let index = 100; index < 110; index += 1) site.publish(index);
    const { fetched } = await site.crawlAll();
    assert.equal(fetched.filter(({ outcome }) => outcome === 'deleted').length, 1);
    assert.equal(site.crawl.documents.size, 14);
  });

  test('is asked for again in full as long as it could not be listed, and nothing is deleted for that', async () => {
    await using site = await MediumSite.start(12);
    await site.crawlAll();
    site.route('/_/graphql', challenge);
    site.remove(1);
    for (let index = 100; index < 110; index += 1) site.publish(index);
    await later();
    const first = await site.crawlAll();
    const [loss] = first.listing.of('rejected');
    assert.equal(loss?.reason, 'incomplete_listing');
    assert.match(loss.message, /there may be more.*official export/);
    assert.equal(first.fetched.filter(({ outcome }) => outcome === 'deleted').length, 0);
    site.requests();
    await later();
    await site.crawlAll();
    assert.ok(site.requests().includes('POST /_/graphql'));
  });

  test('is listed in the old way where the new one has changed its form', async () => {
    await using site = await MediumSite.start(25);
    site.route('/_/graphql', { headers: { 'content-type': 'application/json' }, body: '[{"data":{"viewer":null}}]' });
    const posts = [...site.stories.keys()].map((id) => [
      id,
      { uniqueSlug: `keeping-a-boat-dry-${id}`, creatorId: 'u1' },
    ]);
    const other = ['0123456789ab', { uniqueSlug: 'somebody-elses-0123456789ab', creatorId: 'u2' }];
    const answer = (from: number, next: object | null) =>
      `])}while(1);</x>${JSON.stringify({
        payload: {
          user: { userId: 'u1' },
          userMeta: { numberOfPostsPublished: 25 },
          references: { Post: Object.fromEntries([...posts.slice(from, from + 15), other]) },
          paging: { path: '/_/api/users/u1/profile/stream', next },
        },
      })}`;
    const type = { 'content-type': 'application/json' };
    site.route('/@ada/latest', { headers: type, body: answer(0, { to: '17', limit: 15, ignoredIds: ['x'] }) });
    site.route('/_/api/users/u1/profile/stream', { headers: type, body: answer(15, null) });
    const { listing } = await site.crawlAll();
    assert.equal(site.crawl.documents.size, 25);
    assert.deepEqual(listing.skipped, {});
    assert.equal(site.server.hits('/_/api/users/u1/profile/stream?format=json&to=17&limit=15'), 1);
  });

  test('says so when it has more stories than could be found', async () => {
    await using site = await MediumSite.start(12);
    site.route('/_/graphql', { status: 403 });
    const payload = { userMeta: { numberOfPostsPublished: 12 }, references: { Post: null }, paging: null };
    site.route('/@ada/latest', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ payload }) });
    const { listing } = await site.crawlAll();
    const [rejected] = listing.of('rejected');
    assert.equal(rejected?.reason, 'incomplete_listing');
    assert.match(rejected?.message ?? '', /has 12 stories, and 10 of them/);
    assert.equal(site.crawl.documents.size, 10);
  });

  test('is looked at in a browser where nothing else answers', async () => {
    const visited: string[] = [];
    let links: readonly string[] = [];
    const browser: Pick<Browser, 'visit'> = {
      visit: async (url, _visit, use) => {
        visited.push(url);
        return await use({
          scrollToEnd: async () => 3,
          html: async () =>
            `<a href="/p/ffffffffffff">Help</a>${links.map((link) => `<article><a href="${link}?source=user_profile">Story</a></article>`).join('')}`,
          url: async () => url,
          waitFor: async () => true,
          goTo: async () => {},
          type: async () => {},
          click: async () => {},
        });
      },
    };
    await using site = await MediumSite.start(14, browser);
    links = [...site.stories.keys()].map((_, index) => site.linkOf(index));
    site.route('/_/graphql', challenge);
    site.route('/feed/@ada', challenge);
    await site.crawlAll();
    assert.deepEqual(visited, [site.profile]);
    assert.equal(site.crawl.documents.size, 14);
  });

  test('does not list itself after it has failed', async () => {
    await using site = await MediumSite.start(3);
    site.crawl.states.set(site.profile, {
      _id: crawlStateId(site.profile),
      key: site.profile,
      scope: site.profile,
      authorId: authorId('Ada'),
      validators: {},
      lastResult: 'challenge_page',
      failures: 3,
      crawledAt: new Date().toISOString(),
    });
    site.route('/_/graphql', challenge);
    const { listing } = await site.crawlAll();
    assert.ok(!listing.of('job').some(({ url }) => url === site.profile));
  });

  test('fails as its feed does when nothing is found at all', async () => {
    await using site = await MediumSite.start(0);
    for (const path of ['/_/graphql', '/feed/@ada']) site.route(path, { status: 404 });
    await assert.rejects(site.crawlAll(), rejectedAs('not_found'));
  });
});

suite('The catalogue of a publication', () => {
  test('is found in its archive, by year and month', async () => {
    await using site = await MediumSite.start(0);
    const id = (index: number) => `b0000000000${index}`;
    const link = (index: number) => `/boats/dry-${id(index)}`;
    site.route('/feed/boats', { body: feedOf([{ link: site.server.url(link(1)), title: 'One' }]) });
    site.route('/boats/archive', {
      body: `<a href="/boats/archive/2020">2020</a><a href="${link(1)}?source=a">One</a><a href="/other/dry-c00000000001">x</a>`,
    });
    site.route('/boats/archive/2020', { body: `<a href="/boats/archive/2020/05">May</a><a href="${link(2)}">Two</a>` });
    site.route('/boats/archive/2020/05', { body: `<a href="/boats/archive">All</a><a href="${link(3)}">Three</a>` });
    const listing = await site.crawl.crawl(site.source, site.server.url('/boats'));
    assert.deepEqual(
      listing.of('job').map(({ url }) => url),
      [1, 2, 3].map((index) => site.server.url(link(index))),
    );
    assert.deepEqual(
      listing.of('rejected').map(({ reason }) => reason),
      ['incomplete_listing'],
    );
  });
});

suite('A domain of its own', () => {
  test('is listed by its sitemap', async () => {
    await using medium = await MediumSite.start(0);
    await using site = await MediumSite.start(0);
    const url = (path: string) => site.server.url(path);
    site.route('/feed', { body: feedOf([]) });
    const xml = { 'content-type': 'application/xml' };
    const urlset = (paths: readonly string[]) =>
      `<urlset>${paths.map((path) => `<url><loc>${url(path)}</loc><lastmod>2022-01-01</lastmod></url>`).join('')}</urlset>`;
    site.route('/sitemap/sitemap.xml', {
      headers: xml,
      body: `<sitemapindex><sitemap><loc>${url('/sitemap/posts/2022.xml')}</loc></sitemap><sitemap><loc>${url('/sitemap/tags/a.xml')}</loc></sitemap></sitemapindex>`,
    });
    site.route('/sitemap/posts/2022.xml', {
      headers: xml,
      body: urlset(['/about', '/dry-b00000000001', '/wet-b00000000002']),
    });
    // Asked as the source of another host, as for a domain that only its pages give away.
    const listing = await medium.crawl.crawl(medium.source, url('/'));
    assert.deepEqual(
      listing.of('job').map((job) => [job.url, job.lastmod]),
      [
        [url('/dry-b00000000001'), '2022-01-01'],
        [url('/wet-b00000000002'), '2022-01-01'],
      ],
    );
    assert.equal(site.server.hits('/sitemap/tags/a.xml'), 0);
    assert.deepEqual(listing.skipped, {});
  });
});

suite('A story', () => {
  test('behind a check for robots is taken from the feed, as long as that has it', async () => {
    await using site = await MediumSite.start(0);
    const link = site.server.url(pathOf());
    site.route('/feed/@ada', { body: feedOf([{ link, title: storyTitle, html: feedHtml }]) });
    site.route(pathOf(), challenge);
    const [fromFeed] = (await site.crawl.crawl(site.source, link)).drafts;
    site.route(pathOf(), { body: apolloPage({ origin: site.server.origin }) });
    const [fromPage] = (await site.crawl.crawl(site.source, link)).drafts;
    assert.ok(fromFeed?.kind === 'article');
    assert.equal(fromFeed.content.markdown, storyMarkdown);
    assert.equal(fromFeed.payload.bytes.length, Buffer.byteLength(feedHtml));
    assert.deepEqual({ ...fromFeed, payload: undefined }, { ...fromPage, payload: undefined });
  });

  test('is not taken from a feed that has only its beginning', async () => {
    await using site = await MediumSite.start(0);
    const link = site.server.url(pathOf());
    const html = `<p>${'It rains. '.repeat(50)}</p><p><a href="${link}">Continue reading on Boats »</a></p>`;
    site.route('/feed/@ada', { body: feedOf([{ link, title: storyTitle, html }]) });
    site.route(pathOf(), challenge);
    await assert.rejects(site.crawl.crawl(site.source, link), rejectedAs('challenge_page'));
    site.route(pathOf(), { ...challenge, status: 200, headers: {} });
    await assert.rejects(site.crawl.crawl(site.source, link), rejectedAs('challenge_page'));
  });

  test('for members is refused, and never stored', async () => {
    await using site = await MediumSite.start(0);
    site.route(pathOf(), { body: apolloPage({ content: { isLockedPreviewOnly: true } }) });
    await assert.rejects(site.crawl.crawl(site.source, site.server.url(pathOf())), rejectedAs('paywall_stub'));
    assert.equal(site.crawl.documents.size, 0);
  });
});

test('A link that names no writing is refused with what is accepted', async () => {
  await using site = await MediumSite.start(0);
  const link = new URL(site.server.url('/tag/boats'));
  assert.equal(await site.source.taskFor(link), 'fetch');
  await assert.rejects(site.crawl.crawl(site.source, link.href), (error: unknown) => {
    return rejectedAs('unsupported_link')(error) && error instanceof Error && /medium\.com\/@name/.test(error.message);
  });
});
