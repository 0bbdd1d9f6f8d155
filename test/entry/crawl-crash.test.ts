import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { CrawledHome } from '../replica/crawled-home.ts';
import { ReplicaWeb } from '../replica/web.ts';
import { until } from '../stages/workspace.ts';
import { startTwin } from './twin.ts';

const size = 120;
const concurrency = 4;

suite('a crawl that is killed in the middle of a catalogue goes on where it was', { concurrency: 2 }, () => {
  for (const killedAfter of [1, 50]) {
    test(`after ${killedAfter} of ${size} pages: everything is stored, and what was stored is not sent again`, async () => {
      await using web = await ReplicaWeb.start();
      await using home = await CrawledHome.create(web, { CRAWL_CONCURRENCY: String(concurrency) });
      const publication = web.substack.publication('ada', { name: 'Engines', author: 'Ada Lovelace', posts: size });
      const sent = () =>
        web.visitsTo(publication.host).filter(({ path, status }) => /^\/p\//.test(path) && status === 200);

      const command = ['ingest', publication.origin, '--author', 'Ada Lovelace', '--json'];
      const child = startTwin(home.path, command, home.variables);
      try {
        await until('the crawl is in the middle', () => sent().length >= killedAfter);
      } finally {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
      const before = home.raw();
      assert.ok(before.revisions.size < size, 'it was killed before the end');
      const links = publication.catalogue.posts.map((post) => publication.linkOf(post));
      const remembered = new Set(links.filter((link) => before.remembered.has(link)));
      assert.ok(sent().length - remembered.size <= concurrency, 'what was sent is stored, but for what was in hand');
      web.forgetVisits();

      const { sources, exitStatus } = await home.ingest([publication.origin]);

      assert.deepEqual([sources[0]?.errors, exitStatus], [[], 0]);
      const after = home.raw();
      assert.equal(after.revisions.size, size);
      assert.deepEqual(new Set(after.revisions.values()), new Set([1]));
      const sentAgain = sent().map(({ path }) => `${publication.origin}${path}`);
      assert.deepEqual(
        sentAgain.filter((link) => remembered.has(link)),
        [],
      );
      assert.equal(sentAgain.length, size - remembered.size, 'each of the others was sent once');
      const { title } = publication.catalogue.post(1);
      assert.ok((await home.search(title)).includes(publication.linkOf(publication.catalogue.post(1))));
    });
  }
});
