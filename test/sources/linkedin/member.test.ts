import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Browser } from '../../../runtime/ports/browser.ts';
import { readPage } from '../../../runtime/sources/linkedin/extract.ts';
import { type LinkedinOptions, LinkedinSource } from '../../../runtime/sources/linkedin/source.ts';
import { type OpenPool, openPool } from '../../adapters/chrome/open-pool.ts';
import { type CrawlReport, MemoryCrawl } from '../crawl-context.ts';
import { noBrowser, noFetcher } from './nothing.ts';
import { idAt, LinkedinSite, type SitePost } from './site.ts';

const newest = Date.UTC(2024, 4, 1, 12, 34, 56);

/** Newest first, a day apart. */
function posts(count: number): SitePost[] {
  return Array.from({ length: count }, (_, index) => ({
    id: idAt(newest - index * 86_400_000, index),
    text: `Thought number ${count - index} on engines.\n\nIt has a second line. #engines`,
  }));
}

function texts(report: CrawlReport): (string | false)[] {
  return report.drafts.map(({ content }) => 'text' in content && content.text);
}

describe("a member's activity", () => {
  let opened: OpenPool;
  let site: LinkedinSite;

  before(async () => {
    opened = await openPool();
  });

  after(() => opened[Symbol.asyncDispose]());

  beforeEach(async () => {
    site = await LinkedinSite.start();
  });

  afterEach(() => site[Symbol.asyncDispose]());

  function source(options: Partial<LinkedinOptions> = {}): LinkedinSource {
    return new LinkedinSource({
      fetcher: noFetcher,
      read: readPage,
      browser: opened.pool,
      ownProfile: true,
      cookies: `li_at=${site.cookie}; lang=en`,
      origin: site.origin,
      patienceMs: 600,
      ...options,
    });
  }

  /** Sessions of one pool outlive a source; each of these sources has one of its own. */
  async function freshly<Result>(use: (browser: Browser) => Promise<Result>): Promise<Result> {
    await using fresh = await openPool();
    return await use(fresh.pool);
  }

  test('is not opened unless its member has opted in, who is told of the agreement, the export and how to', async () => {
    const cautious = source({ ownProfile: false, browser: noBrowser });
    await assert.rejects(new MemoryCrawl().crawl(cautious, site.profile), {
      reason: 'linkedin_not_enabled',
      message: /agreement forbids[\s\S]*Get a copy of your data[\s\S]*LINKEDIN_CRAWL=own-profile/,
    });
    assert.equal(site.server.requests.length, 0);
  });

  test('needs a session or an account', async () => {
    const poor = source({ cookies: undefined, browser: noBrowser });
    await assert.rejects(new MemoryCrawl().crawl(poor, site.profile), { reason: 'linkedin_not_configured' });
  });

  test('is scrolled to its end, each post with its text, date, link and key', async () => {
    site.posts = posts(23);
    site.articles = ['on-engines', 'on-cards'];
    const report = await new MemoryCrawl().crawl(source(), site.profile);
    assert.equal(report.drafts.length, 23);
    const [first] = report.drafts;
    assert.ok(first?.kind === 'post');
    assert.equal(first.content.text, 'Thought number 23 on engines.\n\nIt has a second line. #engines');
    assert.equal(first.naturalKey, `urn:li:activity:${site.posts[0]?.id}`);
    assert.equal(first.link, `${site.origin}/feed/update/urn:li:activity:${site.posts[0]?.id}/`);
    assert.equal(first.publishedAt, '2024-05-01T12:34:56.000Z');
    assert.match(Buffer.from(first.payload.bytes).toString(), /data-urn="urn:li:activity/);
    assert.deepEqual(
      report.of('job').map(({ url, task }) => [url, task]),
      [
        [`${site.origin}/pulse/on-engines`, 'fetch'],
        [`${site.origin}/pulse/on-cards`, 'fetch'],
      ],
    );
  });

  for (const generation of ['urn', 'hashed'] as const) {
    test(`has only what the member wrote, unfolded (pages of the kind "${generation}")`, async () => {
      site.generation = generation;
      site.posts = [
        { id: idAt(newest, 1), text: 'It starts\nhere ', rest: '\nand goes on\nto here.' },
        {
          id: idAt(newest, 2),
          text: 'Somebody else wrote it',
          author: 'charles-babbage',
          introduction: 'Ada likes this',
        },
        { id: idAt(newest, 3), text: 'Passed on bare', author: 'charles-babbage', introduction: 'Ada reposted this' },
        {
          id: idAt(newest, 4),
          text: 'Read what Charles writes',
          ...(generation === 'urn' && { passedOn: 'His words' }),
        },
        ...(generation === 'urn' ? [{ id: idAt(newest, 5), text: '', passedOn: 'His words alone' }] : []),
      ];
      const report = await new MemoryCrawl().crawl(source(), site.profile);
      assert.deepEqual(texts(report), ['It starts\nhere\nand goes on\nto here.', 'Read what Charles writes']);
    });
  }

  test('is read no further, once it was read to its end, than to where nothing is new', async () => {
    const memory = new MemoryCrawl();
    site.posts = posts(30);
    await memory.crawl(source(), site.profile);
    const screensOfAll = site.screens;
    site.posts = [{ id: idAt(newest + 86_400_000), text: 'A new thought' }, ...site.posts];
    site.screens = 0;
    const again = await memory.crawl(source(), site.profile);
    assert.deepEqual(texts(again), ['A new thought']);
    assert.ok(again.unchanged >= 4, `${again.unchanged}`);
    assert.ok(site.screens < screensOfAll / 2, `${site.screens} of ${screensOfAll}`);
    site.posts = site.posts.with(2, { id: site.posts[2]?.id ?? '', text: 'Thought again' });
    assert.deepEqual(texts(await memory.crawl(source(), site.profile)), ['Thought again']);
  });

  test('is read to its end again when the last crawl was killed before it was', async () => {
    const memory = new MemoryCrawl();
    site.posts = posts(20);
    let stored = 0;
    await memory.crawl(source(), site.profile, { stop: ({ outcome }) => outcome === 'document' && ++stored > 5 });
    assert.equal(memory.documents.size, 5);
    const again = await memory.crawl(source(), site.profile);
    assert.equal(again.drafts.length, 15);
    assert.equal(again.unchanged, 5);
  });

  test('of an empty profile is nothing, and no alarm', async () => {
    const report = await new MemoryCrawl().crawl(source(), site.profile);
    assert.deepEqual(report.drafts, []);
  });

  test('whose pages are made in a new way is an alarm, and not nothing', async () => {
    site.posts = posts(5);
    site.generation = 'unknown';
    const memory = new MemoryCrawl();
    await assert.rejects(memory.crawl(source(), site.profile), { reason: 'selectors_outdated' });
    assert.equal(memory.documents.size, 0);
    assert.equal(memory.states.size, 0);
  });

  test("is read by the login form's session, and the form is filled in once", async () => {
    await freshly(async (browser) => {
      site.posts = posts(3);
      const member = source({ browser, cookies: undefined, login: site.account });
      const memory = new MemoryCrawl();
      assert.equal((await memory.crawl(member, site.profile)).drafts.length, 3);
      assert.equal((await memory.crawl(member, site.profile)).unchanged, 3);
      assert.equal(site.server.hits('/checkpoint/lg/login-submit'), 1);
    });
  });

  test('of somebody else is refused', async () => {
    const link = site.server.url('/in/charles-babbage/');
    await assert.rejects(new MemoryCrawl().crawl(source(), link), {
      reason: 'not_own_profile',
      message: /charles-babbage.*ada-lovelace/,
    });
    assert.equal(site.server.hits('/in/charles-babbage/recent-activity/all/'), 0);
  });

  test('ends with the first check for robots: nothing is stored, and the person is told what to do', async () => {
    await freshly(async (browser) => {
      site.posts = posts(30);
      site.challengeAfterScreens = 2;
      const memory = new MemoryCrawl();
      await assert.rejects(memory.crawl(source({ browser }), site.profile), {
        reason: 'challenge_page',
        message: /sign in with your own browser[\s\S]*LINKEDIN_COOKIES/,
      });
      assert.equal(memory.documents.size, 0);
      assert.equal(memory.states.size, 0);
    });
  });

  const failures = [
    {
      name: 'a wrong password',
      set: () => {},
      login: { username: 'ada@example.org', password: 'wrong-secret' },
      reason: 'login_page',
    },
    {
      name: 'a check for robots after the login form',
      set: (one: LinkedinSite) => {
        one.challengeAtLogin = true;
      },
      login: { username: 'ada@example.org', password: 'note-g-1843' },
      reason: 'challenge_page',
    },
    { name: 'a session that has ended', set: () => {}, login: undefined, reason: 'login_page' },
  ];
  for (const { name, set, login, reason } of failures) {
    test(`with ${name} fails without a word or a picture of what was configured`, async () => {
      await using fresh = await openPool();
      set(site);
      const cookies = login === undefined ? 'li_at=ended-secret' : undefined;
      const failing = source({ browser: fresh.pool, cookies, login });
      const error = await new MemoryCrawl().crawl(failing, site.profile).then(
        () => assert.fail('it worked'),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof Error && 'reason' in error);
      assert.equal(error.reason, reason);
      assert.doesNotMatch(JSON.stringify([error.message, error.stack]), /secret|note-g|ada@example/);
      const pictures = await readdir(join(fresh.home, 'screenshots')).catch(() => []);
      assert.deepEqual(pictures, []);
    });
  }
});
