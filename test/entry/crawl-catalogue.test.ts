import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Catalogue, Post } from '../replica/catalogue.ts';
import { CrawledHome } from '../replica/crawled-home.ts';
import { type RecordedVisit, ReplicaWeb } from '../replica/web.ts';

interface Place {
  /** As a person gives it. */
  readonly root: string;
  readonly catalogue: Catalogue;
  linkOf(post: Post): string;
}

interface Kind {
  readonly name: string;
  /** Crawls that have to find a post gone before it is deleted: one, where the listing tells what is no longer there. */
  readonly crawlsUntilDeleted: 1 | 2;
  readonly size: number;
  place(web: ReplicaWeb, posts: number): Place;
}

const kinds: readonly Kind[] = [
  {
    name: 'a profile on Medium, by its query',
    crawlsUntilDeleted: 2,
    size: 300,
    place: (web, stories) => {
      const owner = web.medium.user('ada', { name: 'Ada Lovelace', stories });
      return { root: owner.base, catalogue: owner.catalogue, linkOf: (post) => owner.linkOf(post) };
    },
  },
  {
    name: 'a publication on Substack, by its sitemap',
    crawlsUntilDeleted: 1,
    size: 300,
    place: (web, posts) => {
      const domOnly = ({ number }: Post) => number % 3 === 0;
      const publication = web.substack.publication('ada', { name: 'Engines', author: 'Ada Lovelace', posts, domOnly });
      return { root: publication.origin, catalogue: publication.catalogue, linkOf: (post) => publication.linkOf(post) };
    },
  },
  {
    name: 'a blog, by its sitemap',
    crawlsUntilDeleted: 1,
    size: 300,
    place: (web, posts) => {
      const blog = web.blogs.blog('ada.example', {
        name: 'Notes',
        author: 'Ada',
        posts,
        feed: 'atom',
        sitemap: 'dated',
      });
      return { root: `${blog.origin}/`, catalogue: blog.catalogue, linkOf: (post) => blog.linkOf(post) };
    },
  },
  {
    name: 'a blog whose sitemap dates nothing',
    crawlsUntilDeleted: 1,
    size: 120,
    place: (web, posts) => {
      const options = { name: 'Notes', author: 'Ada', posts, feed: 'rss', sitemap: 'undated' } as const;
      const blog = web.blogs.blog('ada.example', options);
      return { root: `${blog.origin}/`, catalogue: blog.catalogue, linkOf: (post) => blog.linkOf(post) };
    },
  },
];

suite('a catalogue is found whole, though its feed shows ten', { concurrency: 2 }, () => {
  for (const kind of kinds) {
    test(`${kind.name}: once, not again, and then only what has changed`, async () => {
      await using web = await ReplicaWeb.start();
      await using home = await CrawledHome.create(web);
      const { size } = kind;
      const { root, catalogue, linkOf } = kind.place(web, size);
      const links = catalogue.posts.map(linkOf);

      const first = await home.ingest([root]);
      const [found] = first.sources;
      assert.deepEqual(found?.errors, []);
      assert.deepEqual(found?.documents, { created: size, updated: 0, unchanged: 0, deleted: 0, failed: 0 });
      const stored = home.raw();
      assert.deepEqual([...stored.revisions.keys()].sort(), links.toSorted());

      web.forgetVisits();
      const second = await home.ingest([root]);
      assert.deepEqual(second.sources[0]?.documents, {
        created: 0,
        updated: 0,
        unchanged: size,
        deleted: 0,
        failed: 0,
      });
      assert.deepEqual(web.visits.filter(isUnconditional).map(shown), []);
      assert.deepEqual(home.raw(), stored, 'nothing was written to a captured collection');
      assert.equal(second.index.documents, 0);

      const edited = linkOf(catalogue.edit(17, 'The phlogiston chapter was wrong, and is corrected here.'));
      const removed = linkOf(catalogue.remove(18));
      const added = linkOf(catalogue.publish());
      let deleted = 0;
      for (let crawls = 0; crawls < kind.crawlsUntilDeleted; crawls += 1) {
        web.forgetVisits();
        const { sources } = await home.ingest([root]);
        deleted += sources[0]?.documents.deleted ?? 0;
        const pages = web.visits.filter(
          ({ path, status }) => status === 200 && links.some((link) => link.endsWith(path)),
        );
        assert.deepEqual(pages.map(shown), crawls === 0 ? [shownLink(edited)] : []);
      }
      assert.equal(deleted, 1);
      const { revisions } = home.raw();
      assert.equal(revisions.get(edited), 2);
      assert.equal(revisions.get(added), 1);
      assert.equal(revisions.has(removed), false);
      assert.deepEqual([...revisions.values()].filter((revision) => revision > 1).length, 1);
      assert.equal((await home.search('phlogiston chapter corrected'))[0], edited);
      const hits = await home.search('part 18');
      assert.ok(hits.length > 0 && !hits.includes(removed), 'what is gone is not found');
    });
  }
});

/** What is asked by POST has no condition that could be put; robots.txt is asked for once a day. */
function isUnconditional({ method, path, headers }: RecordedVisit): boolean {
  const isConditional = headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined;
  return !isConditional && method === 'GET' && path !== '/robots.txt';
}

function shown({ host, path }: RecordedVisit): string {
  return `${host}${path}`;
}

function shownLink(link: string): string {
  return link.replace('https://', '');
}
