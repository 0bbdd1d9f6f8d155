import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { scriptedPage } from '../replica/blog-pages.ts';
import { CrawledHome } from '../replica/crawled-home.ts';
import type { PostGeneration } from '../replica/linkedin-pages.ts';
import { ReplicaWeb } from '../replica/web.ts';

const linkedin = 'www.linkedin.com';
const shares = 12;

// Most of their time pages are waited for that have nothing more to show.
suite('what only a browser sees', { concurrency: 4 }, () => {
  test('a page that scripts build, and a Medium profile that only scrolling tells', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web);
    const blog = web.blogs.blog('ada.example', { name: 'Notes', author: 'Ada', posts: 1 });
    const post = blog.catalogue.post(1);
    blog.pages.set('/app/one', { body: scriptedPage('Notes', post) });
    const owner = web.medium.user('ada', { name: 'Ada Lovelace', stories: 34 });
    web.medium.graphql = false;

    const { sources } = await home.ingest([`${blog.origin}/app/one`, owner.base], { MAX_ATTEMPTS: '1' });

    assert.deepEqual(
      sources.map(({ documents, errors }) => [documents.created, errors]),
      [
        [1, []],
        [34, []],
      ],
    );
    assert.ok((await home.search(post.title)).includes(`${blog.origin}/app/one`));
    assert.deepEqual(await leftBehind(home), []);
  });

  for (const generation of ['urn', 'hashed'] satisfies PostGeneration[]) {
    test(`one's own profile on LinkedIn by cookie, scrolled to its end, as it is marked up (${generation})`, async () => {
      await using web = await ReplicaWeb.start();
      await using home = await CrawledHome.create(web);
      const member = web.linkedin.member('ada', { name: 'Ada Lovelace', shares, articles: 1 });
      web.linkedin.generation = generation;
      const profile = `https://${linkedin}/in/ada/`;
      const optedIn = { LINKEDIN_CRAWL: 'own-profile', LINKEDIN_COOKIES: web.linkedin.cookie };

      const { sources } = await home.ingest([profile], optedIn);

      assert.deepEqual([sources[0]?.documents.created, sources[0]?.errors], [shares, []]);
      const links = [...home.raw().revisions.keys()].sort();
      assert.deepEqual(links, member.shares.map(({ urn }) => `https://${linkedin}/feed/update/${urn}/`).sort());
      const oldest = member.shares.at(-1);
      assert.ok((await home.search(oldest?.text ?? '')).includes(`https://${linkedin}/feed/update/${oldest?.urn}/`));
      const stored = home.raw();
      const again = await home.ingest([profile], optedIn);
      assert.deepEqual([again.exitStatus, again.index.documents], [0, 0]);
      assert.deepEqual(home.raw(), stored);
      assert.deepEqual(await leftBehind(home), []);
    });
  }

  test("one's own profile on LinkedIn by its form", async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web);
    web.linkedin.member('ada', { name: 'Ada Lovelace', shares });
    const { username, password } = web.linkedin.credentials;

    const { sources } = await home.ingest([`https://${linkedin}/in/ada/`], {
      LINKEDIN_CRAWL: 'own-profile',
      LINKEDIN_USERNAME: username,
      LINKEDIN_PASSWORD: password,
    });

    assert.deepEqual([sources[0]?.documents.created, sources[0]?.errors], [shares, []]);
  });

  test('a checkpoint of LinkedIn ends the session: nothing is stored, and the message says what to do', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web);
    web.linkedin.member('ada', { name: 'Ada Lovelace', shares });
    web.linkedin.checkpoint = true;

    const { sources, exitStatus } = await home.ingest([`https://${linkedin}/in/ada/`], {
      LINKEDIN_CRAWL: 'own-profile',
      LINKEDIN_COOKIES: web.linkedin.cookie,
    });

    const [error] = sources[0]?.errors ?? [];
    assert.equal(error?.reason, 'challenge_page');
    assert.match(error?.message ?? '', /sign in with your own browser/);
    assert.equal(exitStatus, 1);
    assert.equal(home.raw().revisions.size, 0);
    const asked = web.visitsTo(linkedin).filter(({ path }) => path === '/feed/').length;
    assert.equal(asked, 1, 'the session is not tried again');
  });

  test('LinkedIn without a browser: articles and posts that are public, and no profile unless its owner has opted in', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web, { ROBOTS_EXEMPT_HOSTS: linkedin });
    const member = web.linkedin.member('ada', { name: 'Ada Lovelace', shares, articles: 2 });
    const articles = member.articles.posts.map(({ slug }) => `https://${linkedin}/pulse/${slug}`);
    const id = member.shares[0]?.urn.split(':').at(-1);
    const share = `https://${linkedin}/posts/ada_engines-activity-${id}-AbCd`;

    const { sources } = await home.ingest([`https://${linkedin}/in/ada/`, ...articles, share]);

    const [error] = sources[0]?.errors ?? [];
    assert.equal(error?.reason, 'linkedin_not_enabled');
    assert.match(error?.message ?? '', /user agreement.*LINKEDIN_CRAWL=own-profile/s);
    const expected = [...articles, `https://${linkedin}/feed/update/urn:li:activity:${id}/`];
    assert.deepEqual([...home.raw().revisions.keys()].sort(), expected.sort());
    const areas = new Set(web.visitsTo(linkedin).map(({ path }) => path.split('/')[1]));
    assert.deepEqual(areas, new Set(['pulse', 'posts']));
  });
});

/** Profiles of browsers, which are gone with them. */
async function leftBehind(home: CrawledHome): Promise<readonly string[]> {
  return await readdir(join(home.path, 'temporary')).catch(() => []);
}
