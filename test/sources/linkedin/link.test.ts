import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readPage } from '../../../runtime/sources/linkedin/extract.ts';
import { readLink } from '../../../runtime/sources/linkedin/link.ts';
import { postUrnIn, publishedAtOf } from '../../../runtime/sources/linkedin/post-urn.ts';
import { LinkedinSource } from '../../../runtime/sources/linkedin/source.ts';
import { MemoryCrawl } from '../crawl-context.ts';
import { noBrowser, noFetcher } from './nothing.ts';

const origin = 'https://www.linkedin.com';
const source = new LinkedinSource({ fetcher: noFetcher, read: readPage, browser: noBrowser, ownProfile: true });

function kindOf(link: string): unknown {
  return readLink(new URL(link), origin);
}

describe('a link of LinkedIn', () => {
  test('is known by its look, in every country', async () => {
    assert.deepEqual(kindOf('https://uk.linkedin.com/pulse/on-engines-ada-x1y2z?trk=public'), {
      kind: 'article',
      slug: 'on-engines-ada-x1y2z',
    });
    const post = { kind: 'post', urn: 'urn:li:activity:7304412404039811149' };
    assert.deepEqual(
      kindOf('https://www.linkedin.com/posts/ada_engines-activity-7304412404039811149-AbC_?utm=x'),
      post,
    );
    assert.deepEqual(kindOf('https://linkedin.com/feed/update/urn%3Ali%3Aactivity%3A7304412404039811149/'), post);
    assert.deepEqual(kindOf('https://www.linkedin.com/feed/update/urn:li:ugcPost:7304412404039811149'), {
      kind: 'post',
      urn: 'urn:li:ugcPost:7304412404039811149',
    });
    assert.deepEqual(kindOf('https://de.linkedin.com/in/J%C3%BCrgen/recent-activity/all/'), {
      kind: 'member',
      name: 'Jürgen',
    });
  });

  test('has a task', async () => {
    assert.equal(await source.taskFor(new URL('https://www.linkedin.com/in/ada')), 'discover');
    assert.equal(await source.taskFor(new URL('https://www.linkedin.com/pulse/on-engines')), 'fetch');
    for (const foreign of [
      'https://linkedin.com.example.org/in/ada',
      'https://notlinkedin.com/in/ada',
      'https://engineering.linkedin.com/blog/2024/x',
      'https://www.linkedin.com/blog/engineering/x',
      'ftp://www.linkedin.com/in/ada',
    ]) {
      assert.equal(await source.taskFor(new URL(foreign)), undefined, foreign);
    }
  });

  test('to what is not taken in is refused with what is', async () => {
    for (const [link, advice] of [
      ['https://www.linkedin.com/company/engines/', /page of an organisation[\s\S]*accepted are/],
      ['https://www.linkedin.com/jobs/view/1', /accepted are/],
      ['https://www.linkedin.com/feed/', /accepted are/],
      ['https://lnkd.in/abc', /open it in a browser/],
    ] as const) {
      await assert.rejects(
        new MemoryCrawl().crawl(source, link),
        { reason: 'unsupported_link', message: advice },
        link,
      );
    }
  });

  test('of any form is read without failing', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.webPath(), (url, path) => {
        kindOf(url);
        kindOf(`${origin}${path}`);
      }),
    );
  });
});

describe('an id of LinkedIn', () => {
  test('tells when it was given out, to the second', () => {
    assert.equal(publishedAtOf('urn:li:activity:7304412404039811149'), '2025-03-09T08:07:06.000Z');
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2010, 0), max: Date.UTC(2026, 0) }),
        fc.integer({ min: 0, max: 2 ** 22 - 1 }),
        (time, rest) => {
          const id = `${(BigInt(time) << 22n) + BigInt(rest)}`;
          assert.equal(BigInt(id).toString(2).slice(0, 41), time.toString(2));
          assert.equal(publishedAtOf(`urn:li:share:${id}`), new Date(Math.floor(time / 1_000) * 1_000).toISOString());
        },
      ),
    );
  });

  test('without a time in it tells nothing', () => {
    assert.equal(publishedAtOf('urn:li:activity:12345'), undefined);
    assert.equal(publishedAtOf('urn:li:activity:9999999999999999999'), undefined);
    assert.equal(publishedAtOf('share/abc'), undefined);
  });

  test('is found in links that were encoded', () => {
    assert.equal(postUrnIn('https://x/urn%3ali%3aUGCPOST%3a123'), 'urn:li:ugcPost:123');
    assert.equal(postUrnIn('urn:li:comment:1'), undefined);
  });
});
