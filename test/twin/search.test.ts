import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RejectedInput } from '../../runtime/domain/errors.ts';
import { resolveFilter, Search, type SearchFilter } from '../../runtime/twin/search.ts';
import { TestWorkspace } from '../stages/workspace.ts';
import { openLibrary } from './library.ts';

const ada = 'https://ada.example/queues';
const code = 'https://github.com/ada/engine/blob/HEAD/dead-letters.ts';
const grace = 'https://grace.example/post';

const searchOf = ({ features, pipeline, users }: TestWorkspace) => new Search(features, pipeline, users);

describe('Search', { concurrency: true }, () => {
  test('finds everything there is about something, and tells where it is from', async () => {
    await using library = await openLibrary();
    const hits = await searchOf(library).search('dead letters of a queue', {}, 10);
    assert.deepEqual(hits.map(({ link }) => link).toSorted(), [ada, code, grace]);
    const article = hits.find(({ kind }) => kind === 'article');
    assert.ok(article !== undefined && article.score > 0);
    assert.match(article.text, /^A queue keeps what was sent/);
    assert.deepEqual(
      { ...article, score: 1, text: '' },
      {
        score: 1,
        kind: 'article',
        platform: 'web',
        author: 'Ada Lovelace',
        link: ada,
        title: 'Dead letters',
        text: '',
        publishedAt: '2025-03-01T00:00:00.000Z',
        chunk: { ordinal: 0, breadcrumb: ['Dead letters'], startLine: 1, endLine: 1 },
      },
    );
    const post = hits.find(({ kind }) => kind === 'post');
    assert.deepEqual([post?.title, post?.author], [null, 'Grace Hopper']);
  });

  test('gives the best first, and no more than asked for', async () => {
    await using library = await openLibrary();
    const search = searchOf(library);
    const hits = await search.search('bury letter', {}, 10);
    assert.equal(hits[0]?.link, code);
    assert.deepEqual(
      hits.map(({ score }) => score),
      hits.map(({ score }) => score).toSorted((left, right) => right - left),
    );
    assert.deepEqual(await search.search('bury letter', {}, 1), hits.slice(0, 1));
  });

  const filters: readonly [what: string, filter: SearchFilter, found: readonly string[]][] = [
    ['kind', { kinds: ['article', 'post'] }, [ada, grace]],
    ['platform', { platforms: ['github'] }, [code]],
    ['language', { languages: ['typescript'] }, [code]],
    ['author', { authors: ['Ada Lovelace'] }, [ada, code]],
    ['author in another spelling', { authors: ['  grace   HOPPER '] }, [grace]],
    ['several authors', { authors: ['Ada Lovelace', 'Grace Hopper'] }, [ada, code, grace]],
    ['date', { since: '2025-12-31T00:00:00.000Z' }, [grace]],
    ['author and kind', { authors: ['Ada Lovelace'], kinds: ['code'] }, [code]],
    ['things that exclude each other', { kinds: ['code'], platforms: ['linkedin'] }, []],
  ];
  for (const [what, filter, found] of filters) {
    test(`filters by ${what}`, async () => {
      await using library = await openLibrary();
      const hits = await searchOf(library).search('queue dead letters', filter, 10);
      assert.deepEqual(hits.map(({ link }) => link).toSorted(), found);
    });
  }

  test('of an author nobody has heard of says who is known', async () => {
    await using library = await openLibrary();
    await assert.rejects(searchOf(library).search('queue', { authors: ['Ada Lovelace', 'Charles'] }, 10), (error) => {
      assert.ok(error instanceof RejectedInput);
      assert.equal(error.reason, 'unknown_author');
      assert.equal(error.message, 'nothing by "Charles" has been taken in; known: "Ada Lovelace", "Grace Hopper"');
      return true;
    });
    await using empty = await TestWorkspace.open();
    await assert.rejects(resolveFilter({ authors: ['Charles'] }, empty.users), /known: nobody yet$/);
  });

  test('refuses a query without words, and answers one that finds nothing with nothing', async () => {
    await using library = await openLibrary();
    for (const query of ['', ' \t\n']) {
      await assert.rejects(
        searchOf(library).search(query, {}, 10),
        (error) => error instanceof RejectedInput && error.reason === 'empty_query',
      );
    }
    await using empty = await TestWorkspace.open();
    assert.deepEqual(await searchOf(empty).search('queue', {}, 10), []);
  });

  test('takes any characters in a query for words', async () => {
    await using library = await openLibrary();
    for (const query of ['"dead AND (letters*', 'NEAR(', "'; DROP TABLE documents; --", '🙂', '\u0000', '*']) {
      assert.ok(Array.isArray(await searchOf(library).search(query, {}, 10)), query);
    }
    assert.equal((await library.features.counts()).documents, 3);
  });
});
