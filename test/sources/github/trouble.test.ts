import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import type { Crawled } from '../../../runtime/ports/source.ts';
import { GithubSource } from '../../../runtime/sources/github/source.ts';
import { MemoryCrawl } from '../crawl-context.ts';
import { unreachable } from './fetchers.ts';
import { GitRepository, temporaryFolder } from './git-repository.ts';

const folder = temporaryFolder();
const scratch = join(folder, 'scratch');
mkdirSync(scratch);
after(() => rmSync(folder, { recursive: true, force: true }));

const source = new GithubSource({
  resolver: {
    resolve: async (hostname) => {
      throw new RejectedInput('forbidden_address', hostname);
    },
  },
  fetcher: unreachable,
  temporaryFolder: scratch,
});
let count = 0;

function create(...options: string[]): GitRepository {
  count += 1;
  return GitRepository.create(folder, `repository-${count}`, ...options);
}

function pathsOf(outcomes: readonly Crawled[]): string[] {
  return outcomes.flatMap((crawled) =>
    crawled.outcome === 'document' && crawled.draft.kind === 'code' ? [crawled.draft.content.path] : [],
  );
}

async function rejection(link: string): Promise<string> {
  try {
    await new MemoryCrawl().crawl(source, link);
  } catch (error) {
    assert.ok(error instanceof RejectedInput, String(error));
    return error.reason;
  } finally {
    assert.deepEqual(readdirSync(scratch), []);
  }
  return 'none';
}

test('nothing that a repository configures is run', async () => {
  const repository = create();
  repository.commit({ 'a.txt': 'text\n', 'b.txt': 'gone\n' });
  const proof = join(folder, 'proof');
  const script = join(folder, 'evil.sh');
  writeFileSync(script, `#!/bin/sh\ntouch ${proof}\n`);
  chmodSync(script, 0o755);
  for (const [name, value] of [
    ['core.fsmonitor', script],
    ['core.sshCommand', script],
    ['core.hooksPath', folder],
    ['core.pager', script],
    ['remote.origin.url', folder],
    ['remote.origin.uploadpack', script],
    ['remote.origin.promisor', 'true'],
    ['extensions.partialClone', 'origin'],
    ['core.repositoryFormatVersion', '1'],
  ] as const) {
    repository.git('config', name, value);
  }
  const object = repository.git('rev-parse', 'HEAD:b.txt');
  rmSync(join(repository.folder, '.git', 'objects', object.slice(0, 2), object.slice(2)));
  // The traps work: git itself falls into both of them.
  for (const command of [['status'], ['cat-file', 'blob', object]]) {
    try {
      repository.git(...command);
    } catch (error) {
      assert.ok(error instanceof Error);
    }
    assert.equal(existsSync(proof), true, command.join(' '));
    rmSync(proof);
  }
  const report = await new MemoryCrawl().crawl(source, repository.link);
  assert.deepEqual(pathsOf(report.outcomes), ['a.txt']);
  assert.deepEqual(
    report.of('rejected').map(({ reason }) => reason),
    ['missing_object'],
  );
  assert.equal(existsSync(proof), false);
});

test('a repository of another user is read', {
  skip: process.getuid?.() !== 0 && 'only root can give files away',
}, async () => {
  const repository = create();
  repository.commit({ 'a.txt': 'text\n' });
  for (const path of ['.', '.git', '.git/config', '.git/objects', 'a.txt']) {
    chownSync(join(repository.folder, path), 12_345, 12_345);
  }
  assert.equal(await source.taskFor(new URL(repository.link)), 'fetch');
  assert.deepEqual(pathsOf((await new MemoryCrawl().crawl(source, repository.link)).outcomes), ['a.txt']);
});

test('damaged objects are told one by one, and the rest is read', async () => {
  const repository = create();
  repository.commit({ 'a.txt': 'first\n', 'b.txt': 'second\n'.repeat(1000), 'c.txt': 'third\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, repository.link);
  crawl.states.clear();
  const object = repository.git('rev-parse', 'HEAD:b.txt');
  const file = join(repository.folder, '.git', 'objects', object.slice(0, 2), object.slice(2));
  const bytes = readFileSync(file);
  bytes.fill(0xaa, bytes.length - 12);
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
  const report = await crawl.crawl(source, repository.link);
  assert.deepEqual(pathsOf(report.outcomes), ['a.txt', 'c.txt']);
  assert.deepEqual(
    report.of('rejected').map(({ reason, link }) => [reason, link.slice(repository.link.length)]),
    [['corrupt_object', '/b.txt']],
  );
  assert.equal((await crawl.crawl(source, repository.link)).unchanged, 2);
  assert.equal(crawl.documents.size, 3, 'what was stored before the damage stays');
});

test('what is no repository, is empty or is broken is rejected with its reason', async () => {
  assert.equal(await rejection(pathToFileURL(join(folder, 'nothing.git')).href), 'not_a_repository');
  assert.equal(await rejection('file://elsewhere/repository.git'), 'not_a_repository');
  const plain = join(folder, 'plain');
  mkdirSync(plain);
  assert.equal(await rejection(pathToFileURL(plain).href), 'not_a_repository');
  assert.equal(await rejection(create().link), 'empty_repository');

  const staged = create();
  staged.addToIndex('100644', 'a.txt', 'never committed');
  assert.equal(await rejection(staged.link), 'empty_repository');

  const brokenHead = create();
  brokenHead.commit({ 'a.txt': 'text\n' });
  writeFileSync(join(brokenHead.folder, '.git', 'refs', 'heads', 'main'), 'garbage\n');
  assert.equal(await rejection(brokenHead.link), 'corrupt_repository');

  const emptiedHead = create();
  emptiedHead.commit({ 'a.txt': 'text\n' });
  writeFileSync(join(emptiedHead.folder, '.git', 'HEAD'), '');
  assert.equal(await source.taskFor(new URL(emptiedHead.link)), 'fetch');
  assert.equal(await rejection(emptiedHead.link), 'not_a_repository');

  const withoutTree = create();
  withoutTree.commit({ 'sub/a.txt': 'text\n' });
  const tree = withoutTree.git('rev-parse', 'HEAD:sub');
  rmSync(join(withoutTree.folder, '.git', 'objects', tree.slice(0, 2), tree.slice(2)));
  assert.equal(await rejection(withoutTree.link), 'corrupt_repository');
});

test('a tree that cannot be read to its end deletes nothing', async () => {
  const repository = create();
  repository.commit({ 'a.txt': 'text\n', 'sub/b.txt': 'text\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, repository.link);
  repository.commit({ 'a.txt': 'more\n', 'sub/b.txt': 'more\n' });
  const tree = repository.git('rev-parse', 'HEAD:sub');
  rmSync(join(repository.folder, '.git', 'objects', tree.slice(0, 2), tree.slice(2)));
  await assert.rejects(crawl.crawl(source, repository.link), RejectedInput);
  assert.equal(crawl.documents.size, 2);
});

test('files beyond the limit are told, and not deleted', async () => {
  const repository = create();
  repository.commit({ 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n', 'd.txt': 'd\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, repository.link);
  repository.commit({ 'a.txt': 'more\n' });
  const resolver = { resolve: async () => [] };
  const limited = new GithubSource({ resolver, fetcher: unreachable, temporaryFolder: scratch, maximumFiles: 2 });
  const report = await crawl.crawl(limited, repository.link);
  assert.deepEqual(pathsOf(report.outcomes), ['a.txt']);
  assert.match(report.of('rejected')[0]?.message ?? '', /^2 files are beyond the limit of 2 /);
  assert.equal(report.of('rejected')[0]?.reason, 'too_many_files');
  assert.equal(crawl.documents.size, 4);
});

test('without git the message says what to do', async () => {
  const repository = create();
  repository.commit({ 'a.txt': 'text\n' });
  const resolver = { resolve: async () => [] };
  const without = new GithubSource({ resolver, fetcher: unreachable, temporaryFolder: scratch, searchPath: scratch });
  await assert.rejects(new MemoryCrawl().crawl(without, repository.link), {
    name: 'Misconfigured',
    message: /install it/,
  });
});
