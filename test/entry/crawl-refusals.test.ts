import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { scriptedPage, walls } from '../replica/blog-pages.ts';
import { CrawledHome } from '../replica/crawled-home.ts';
import { storyGenerations } from '../replica/medium-pages.ts';
import { ReplicaWeb } from '../replica/web.ts';

suite('what is not content is never stored, and the reason is named', { concurrency: 2 }, () => {
  test('walls, errors and pages of nothing', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web, {
      MAX_ATTEMPTS: '1',
      FETCH_TIMEOUT_MS: '2000',
      CHROME_BINARY: '/nonexistent/chromium',
    });
    const blog = web.blogs.blog('ada.example', { name: 'Notes', author: 'Ada', posts: 2 });
    web.blogs.blog('guarded.example', { name: 'Notes', author: 'Ada', posts: 1 });
    web.challenge('guarded.example', true);
    web.blogs.blog('slow.example', { name: 'Notes', author: 'Ada', posts: 1 });
    web.slow('slow.example', 60_000);
    web.blogs.blog('down.example', { name: 'Notes', author: 'Ada', posts: 1 });
    web.down('down.example', true);
    const pages: readonly (readonly [path: string, body: string, status: number, reason: string])[] = [
      ['/lost', walls.notFound, 200, 'error_page'],
      ['/members', walls.login, 200, 'login_page'],
      ['/cookies', walls.consent, 200, 'consent_page'],
      ['/soon', walls.nearlyEmpty, 200, 'empty_page'],
      ['/gone', walls.notFound, 410, 'gone'],
      ['/broken', 'Internal Server Error', 500, 'retries_exhausted'],
      ['/app', scriptedPage('Notes', blog.catalogue.post(1)), 200, 'javascript_required'],
    ];
    for (const [path, body, status] of pages) blog.pages.set(path, { body, status });
    const expected = new Map<string, string>([
      ...pages.map(([path, , , reason]) => [`${blog.origin}${path}`, reason] as const),
      [`${blog.origin}/nowhere/at-all`, 'not_found'],
      [`${blog.origin}/private/diary`, 'robots_disallowed'],
      ['https://guarded.example/posts/one', 'challenge_page'],
      ['https://slow.example/posts/one', 'retries_exhausted'],
      ['https://down.example/posts/one', 'retries_exhausted'],
    ]);

    const { sources, exitStatus } = await home.ingest([...expected.keys(), blog.linkOf(blog.catalogue.post(2))]);

    const reasons = sources.map(({ source, errors }) => [source, errors[0]?.reason]);
    assert.deepEqual(new Map(reasons.slice(0, -1).map(([link = '', reason = '']) => [link, reason])), expected);
    assert.equal(sources.at(-1)?.status, 'ok');
    assert.equal(exitStatus, 1);
    assert.deepEqual([...home.raw().revisions.keys()], [blog.linkOf(blog.catalogue.post(2))]);
    assert.equal(web.visits.filter(({ path }) => path.startsWith('/private/')).length, 0);
  });

  test('a host that asks to be left alone for two seconds is, and then gives what it has', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web);
    const blog = web.blogs.blog('ada.example', { name: 'Notes', author: 'Ada', posts: 2 });
    web.rateLimit('ada.example', 1, 2);

    const { sources } = await home.ingest(blog.catalogue.posts.map((post) => blog.linkOf(post)));

    assert.deepEqual(
      sources.map(({ status }) => status),
      ['ok', 'ok'],
    );
    const visits = web.visitsTo('ada.example').filter(({ path }) => path !== '/robots.txt');
    const refused = visits.findIndex(({ status }) => status === 429);
    const pause = (visits[refused + 1]?.at ?? 0) - (visits[refused]?.at ?? 0);
    assert.ok(pause >= 1_990, `the host was asked again after ${Math.round(pause)} ms`);
  });

  test('what only members of Medium may read, in each of its generations of pages', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web);
    const generation = ({ number }: { readonly number: number }) =>
      storyGenerations[number % storyGenerations.length] ?? 'dom';
    const owner = web.medium.user('ada', { name: 'Ada Lovelace', stories: 20, generation });
    for (const number of [1, 2, 3, 4]) owner.catalogue.close(number);

    const { sources, exitStatus } = await home.ingest([owner.base]);

    assert.equal(exitStatus, 1);
    assert.equal(sources[0]?.status, 'partial');
    const { documents, errors = [] } = sources[0] ?? {};
    assert.deepEqual([documents?.created, documents?.failed], [16, 4]);
    const closed = [1, 2, 3, 4].map((number) => [owner.linkOf(owner.catalogue.post(number)), 'paywall_stub']);
    assert.deepEqual(
      new Map(errors.map(({ link, reason }) => [link, reason])),
      new Map(closed.map(([link, reason]) => [link, reason])),
    );
    assert.equal(home.raw().revisions.size, 16);
  });

  test('what only subscribers of a Substack may read, with and without the state that scripts read', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web);
    const domOnly = ({ number }: { readonly number: number }) => number % 2 === 0;
    const publication = web.substack.publication('ada', { name: 'Engines', author: 'Ada Lovelace', posts: 8, domOnly });
    for (const number of [1, 2]) publication.catalogue.close(number);

    const { sources } = await home.ingest([publication.origin]);

    const errors = sources[0]?.errors.map(({ link, reason }) => `${reason} ${link}`).sort();
    const closed = [1, 2].map((number) => `paywall_stub ${publication.linkOf(publication.catalogue.post(number))}`);
    assert.deepEqual(errors, closed.sort());
    assert.equal(home.raw().revisions.size, 6);
  });

  test('“Too many requests” with status 200 is asked again later, and given up in the end', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web);
    const publication = web.substack.publication('ada', { name: 'Engines', author: 'Ada Lovelace', posts: 2 });
    const [newest, oldest] = publication.catalogue.posts.map((post) => publication.linkOf(post));

    publication.refusals = 1;
    const first = await home.ingest([newest ?? '']);
    assert.deepEqual(first.sources[0]?.errors, []);
    publication.refusals = 99;
    const second = await home.ingest([oldest ?? ''], { MAX_ATTEMPTS: '1' });
    assert.equal(second.sources[0]?.errors[0]?.reason, 'retries_exhausted');
    assert.deepEqual([...home.raw().revisions.keys()], [newest]);
  });

  test('a challenge in front of all of Medium', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web);
    const owner = web.medium.user('ada', { name: 'Ada Lovelace', stories: 5 });
    web.challenge('medium.com', true);

    const { sources, exitStatus } = await home.ingest([owner.base, owner.linkOf(owner.catalogue.post(1))]);

    assert.deepEqual(
      sources.map(({ status, errors }) => [status, errors[0]?.reason]),
      [
        ['failed', 'challenge_page'],
        ['failed', 'challenge_page'],
      ],
    );
    assert.equal(exitStatus, 1);
    assert.equal(home.raw().revisions.size, 0);
  });
});
