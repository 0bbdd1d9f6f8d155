import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import { readPage } from '../../../runtime/sources/substack/extract.ts';
import { targetOf } from '../../../runtime/sources/substack/link.ts';
import { SubstackSource } from '../../../runtime/sources/substack/source.ts';
import { MemoryCrawl } from '../crawl-context.ts';

const platform = 'https://substack.com';
const source = new SubstackSource({
  fetcher: { fetch: () => Promise.reject(new TypeError('links are told apart without the web')) },
  read: readPage,
});

const tasks: readonly (readonly [link: string, task: string | undefined])[] = [
  ['https://ferry.substack.com', 'discover'],
  ['https://ferry.substack.com/archive?sort=top', 'discover'],
  ['https://ferry.substack.com/sitemap.xml', 'discover'],
  ['https://ferry.substack.com/feed', 'discover'],
  ['https://ferry.substack.com/notes', 'discover'],
  ['https://substack.com/@ada', 'discover'],
  ['https://substack.com/@ada/notes', 'discover'],
  ['https://open.substack.com/pub/ferry', 'discover'],
  ['https://ferry.substack.com/p/the-last-boat?utm_source=x#part', 'fetch'],
  ['https://open.substack.com/pub/ferry/p/the-last-boat?r=1', 'fetch'],
  ['https://substack.com/home/post/p-4711', 'fetch'],
  ['https://substack.com/@ada/p-4711', 'fetch'],
  ['https://substack.com/@ada/note/c-9', 'fetch'],
  ['https://ferry.substack.com/chat', 'fetch'],
  ['https://ferry.example/p/the-last-boat', undefined],
  ['https://notsubstack.com/p/the-last-boat', undefined],
  ['ftp://ferry.substack.com/', undefined],
];

suite('Links of Substack’s', () => {
  for (const [link, task] of tasks) {
    test(`${link} is ${task === undefined ? 'none' : `to ${task}`}`, async () => {
      assert.equal(await source.taskFor(new URL(link)), task);
    });
  }

  test('lead to the page of a post, and to what the API tells of it', () => {
    const target = (link: string) => targetOf(new URL(link), platform);
    const post = {
      kind: 'post',
      page: 'https://ferry.substack.com/p/the-last-boat',
      answer: 'https://ferry.substack.com/api/v1/posts/the-last-boat',
    };
    assert.deepEqual(target('https://ferry.substack.com/p/the-last-boat/comments'), post);
    assert.deepEqual(target('https://open.substack.com/pub/Ferry/p/the-last-boat'), post);
    assert.deepEqual(target('https://ferry.example/cp/4711'), {
      kind: 'post',
      page: 'https://substack.com/home/post/p-4711',
      answer: 'https://substack.com/api/v1/posts/by-id/4711',
    });
  });

  for (const path of ['chat', 'podcast', 'subscribe', 'account', 'recommendations', 'p/', 'publish/home']) {
    test(`…/${path} is refused with what is accepted`, async () => {
      await assert.rejects(
        new MemoryCrawl().crawl(source, `https://ferry.substack.com/${path}`),
        (error) =>
          error instanceof RejectedInput && error.reason === 'unsupported_link' && /accepted are/.test(error.message),
      );
    });
  }

  test('to the platform’s own pages are refused', () => {
    for (const link of ['https://substack.com/', 'https://substack.com/inbox', 'https://support.substack.com/hc']) {
      assert.equal(targetOf(new URL(link), platform).kind, 'unsupported');
    }
  });
});
