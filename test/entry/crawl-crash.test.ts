import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { CrawledHome } from '../replica/crawled-home.ts';
import { ReplicaWeb } from '../replica/web.ts';
import { until } from '../stages/workspace.ts';
import { startTwin } from './twin.ts';

const size = 120;
const concurrency = 4;

/** Three catalogues to be killed in; the last one says nothing of when its pages have changed. */
const catalogues = [
  { what: 'a publication, after 1', killedAfter: 1, publish: publication },
  { what: 'a publication, after 50', killedAfter: 50, publish: publication },
  { what: 'a blog that dates nothing, after 50', killedAfter: 50, publish: blog },
];

function publication(web: ReplicaWeb) {
  const found = web.substack.publication('ada', { name: 'Engines', author: 'Ada Lovelace', posts: size });
  return { site: found, host: found.host, isPost: (path: string) => path.startsWith('/p/') };
}

function blog(web: ReplicaWeb) {
  const options = { name: 'Mills', author: 'Ada Lovelace', posts: size, sitemap: 'undated' } as const;
  return {
    site: web.blogs.blog('mills.example', options),
    host: 'mills.example',
    isPost: (path: string) => path.startsWith('/posts/'),
  };
}

suite('a crawl that is killed in the middle of a catalogue goes on where it was', { concurrency: 2 }, () => {
  for (const { what, killedAfter, publish } of catalogues) {
    test(`${what} of ${size} pages: everything is stored, and what was stored is not asked for again`, async () => {
      await using web = await ReplicaWeb.start();
      await using home = await CrawledHome.create(web, { CRAWL_CONCURRENCY: String(concurrency) });
      const { site, host, isPost } = publish(web);
      const asked = () => web.visitsTo(host).filter(({ path }) => isPost(path));

      const command = ['ingest', site.origin, '--author', 'Ada Lovelace', '--json'];
      const child = startTwin(home.path, command, home.variables);
      try {
        await until('the crawl is in the middle', () => asked().length >= killedAfter);
      } finally {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
      const before = home.raw();
      assert.ok(before.revisions.size < size, 'it was killed before the end');
      const links = site.catalogue.posts.map((post) => site.linkOf(post));
      const remembered = new Set(links.filter((link) => before.remembered.has(link)));
      assert.ok(asked().length - remembered.size <= concurrency, 'what was sent is stored, but for what was in hand');
      web.forgetVisits();

      const { sources, exitStatus } = await home.ingest([site.origin]);

      assert.deepEqual([sources[0]?.errors, exitStatus], [[], 0]);
      const after = home.raw();
      assert.equal(after.revisions.size, size);
      assert.deepEqual(new Set(after.revisions.values()), new Set([1]));
      const askedAgain = asked().map(({ path }) => `${site.origin}${path}`);
      assert.deepEqual(
        askedAgain.filter((link) => remembered.has(link)),
        [],
      );
      assert.equal(askedAgain.length, size - remembered.size, 'each of the others was asked for once');
      const post = site.catalogue.post(1);
      assert.ok((await home.search(post.title)).includes(site.linkOf(post)));
    });
  }
});
