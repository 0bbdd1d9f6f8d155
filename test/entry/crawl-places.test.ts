import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CrawledHome } from '../replica/crawled-home.ts';
import { ReplicaWeb } from '../replica/web.ts';

suite('a platform is told by what is served, not by the host alone', { concurrency: 2 }, () => {
  test('domains of their own, subdomains, publications, feeds of all formats', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web);
    const { medium, substack, blogs } = web;
    const posts = 13;
    const common = { name: 'Engines', author: 'Ada Lovelace' };
    const stories = medium.publication('the-engine', { name: 'The Engine', stories: posts, domain: 'stories.example' });
    const subdomain = medium.user('ada', { name: 'Ada Lovelace', stories: posts, subdomain: true });
    const publication = medium.publication('the-loom', { name: 'The Loom', stories: posts });
    const letters = substack.publication('letters', { ...common, posts, domain: 'letters.example' });
    const rss = blogs.blog('rss.example', { ...common, posts, feed: 'rss' });
    const atom = blogs.blog('atom.example', { ...common, posts, feed: 'atom' });
    const json = blogs.blog('json.example', { ...common, posts, feed: 'json' });
    const plain = blogs.blog('plain.example', { ...common, posts, sitemap: 'dated', scheme: 'http' });
    const expected = [
      [stories.base, 'medium', posts],
      [subdomain.base, 'medium', posts],
      [publication.base, 'medium', posts],
      [letters.origin, 'substack', posts],
      // What a blog without a sitemap has is as much as its feed shows.
      [`${rss.origin}/`, 'web', 10],
      [`${atom.origin}/`, 'web', 10],
      [`${json.origin}/`, 'web', 10],
      [`${plain.origin}/`, 'web', posts],
    ] as const;

    const { sources } = await home.ingest(expected.map(([root]) => root));

    assert.deepEqual(
      sources.map(({ source, platform, documents, errors }) => [source, platform, documents.created, errors]),
      expected.map(([root, platform, count]) => [root, platform, count, []]),
    );
    // A second crawl finds the same, whoever was asked first the first time.
    const again = await home.ingest(expected.map(([root]) => root));
    assert.deepEqual(
      again.sources.map(({ documents, platform }) => [platform, documents.unchanged, documents.created]),
      expected.map(([, platform, count]) => [platform, count, 0]),
    );
  });

  test('notes of a person on Substack are posts', async () => {
    await using web = await ReplicaWeb.start();
    await using home = await CrawledHome.create(web);
    web.substack.publication('ada', { name: 'Engines', author: 'Ada Lovelace', posts: 3, notes: 25 });

    const { sources } = await home.ingest(['https://substack.com/@ada']);

    assert.deepEqual([sources[0]?.documents.created, sources[0]?.errors], [28, []]);
    const notes = [...home.raw().revisions.keys()].filter((link) => link.includes('/note/'));
    assert.equal(notes.length, 25);
    assert.ok((await home.search('Note 17'))[0]?.includes('/note/'));
  });
});
