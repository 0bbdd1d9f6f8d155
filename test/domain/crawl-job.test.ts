import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type CrawlJob, crawlJob, deduplicationIdOf, groupOf } from '../../runtime/domain/crawl-job.ts';
import { authorId } from '../../runtime/domain/identity.ts';

const runId = '00000000-0000-4000-8000-000000000001';

function jobFor(url: string, changes: Partial<CrawlJob> = {}): CrawlJob {
  return { version: 1, task: 'fetch', url, platform: 'web', authorId: authorId('Ada'), runId, ...changes };
}

const sameGroup = (left: string, right: string): boolean => groupOf(jobFor(left)) === groupOf(jobFor(right));

describe('A crawl job', () => {
  test('shares its group with all jobs of the same host', () => {
    assert.ok(sameGroup('https://ada.example/a', 'https://ada.example/b?page=2#top'));
    assert.ok(sameGroup('https://ada.example/a', 'http://ada.example/a'), 'the scheme does not matter');
    assert.ok(sameGroup('https://ada.example/a', 'https://ADA.example:443/a'), 'nor how the host is written');
    const grace = jobFor('https://ada.example/a', {
      authorId: authorId('Grace'),
      task: 'discover',
      platform: 'medium',
    });
    assert.equal(groupOf(grace), groupOf(jobFor('https://ada.example/a')));
  });

  test('is of another group for another host or port', () => {
    assert.ok(!sameGroup('https://ada.example/a', 'https://grace.example/a'));
    assert.ok(!sameGroup('https://ada.example/a', 'https://blog.ada.example/a'));
    assert.ok(!sameGroup('https://ada.example/a', 'https://ada.example:8443/a'));
  });

  test('of a file or folder is a group of its own, as there is no host to spare', () => {
    assert.ok(sameGroup('file:///home/ada/a', 'file:///home/ada/a'));
    assert.ok(!sameGroup('file:///home/ada/a', 'file:///home/ada/b'));
  });

  test('has a group and a deduplication id that every queue takes', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
        for (const id of [groupOf(jobFor(url)), deduplicationIdOf(jobFor(url))]) assert.match(id, /^[0-9a-f]{64}$/);
      }),
    );
  });

  test('is the same job when asked for twice in a run, and another in the next run', () => {
    const job = jobFor('https://ada.example/a');
    assert.equal(deduplicationIdOf(job), deduplicationIdOf({ ...job }));
    const others = [
      jobFor('https://ada.example/b'),
      jobFor('https://ada.example/a', { task: 'discover' }),
      jobFor('https://ada.example/a', { runId: '00000000-0000-4000-8000-000000000002' }),
    ];
    assert.equal(new Set([job, ...others].map(deduplicationIdOf)).size, 4);
  });

  test('is refused in another shape or version', () => {
    const job = jobFor('https://ada.example/a');
    assert.ok(crawlJob.safeParse(job).success);
    for (const wrong of [
      { version: 2 },
      { task: 'steal' },
      { url: 'ada.example' },
      { platform: 'x' },
      { authorId: 'Ada' },
    ]) {
      assert.ok(!crawlJob.safeParse({ ...job, ...wrong }).success, JSON.stringify(wrong));
    }
  });
});
