import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import type { Crawled } from '../../../runtime/ports/source.ts';
import { GithubSource } from '../../../runtime/sources/github/source.ts';
import { MemoryCrawl } from '../crawl-context.ts';
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

test('every file becomes one document, byte by byte, by its path and language', async () => {
  const repository = create();
  const script = '#!/usr/bin/env python3\nif True:\n\tprint( "two  spaces" )\r\n';
  const commit = repository.commit({
    'bin/run': script,
    '.github/workflows/ci.yml': 'on: push\n',
    'a b#c%.md': '# Hi\n',
  });
  const report = await new MemoryCrawl().crawl(source, repository.link);
  assert.deepEqual(
    report.drafts.map(({ content, link }) => ({ ...content, link })),
    [
      { path: '.github/workflows/ci.yml', language: 'yaml', text: 'on: push\n', link: '.github/workflows/ci.yml' },
      { path: 'a b#c%.md', language: 'markdown', text: '# Hi\n', link: 'a%20b%23c%25.md' },
      { path: 'bin/run', language: 'python', text: script, link: 'bin/run' },
    ].map((expected) => ({
      ...expected,
      link: `${repository.link}/${expected.link}`,
      repository: repository.link,
      commit,
    })),
  );
  assert.deepEqual(
    report.drafts.map(({ payload }) => Buffer.from(payload.bytes).toString()),
    ['on: push\n', '# Hi\n', script],
  );
  const [last] = report.of('repository');
  assert.equal(last, report.outcomes.at(-1));
  assert.equal(last?.repository.headCommit, commit);
  assert.deepEqual(readdirSync(scratch), []);
});

test('a second crawl reads nothing, a later one what changed', async () => {
  const repository = create();
  repository.commit({ 'a.ts': 'a\n', 'b.ts': 'b\n', 'sub/c.ts': 'c\n', 'd.ts': 'd\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, repository.link);
  const second = await crawl.crawl(source, repository.link);
  assert.deepEqual(second.outcomes, [{ outcome: 'unchanged', documents: 4 }]);

  repository.git('rm', '--quiet', 'd.ts');
  repository.git('mv', 'sub/c.ts', 'sub/e.ts');
  const commit = repository.commit({ 'a.ts': 'a2\n' });
  const third = await crawl.crawl(source, repository.link);
  assert.deepEqual(pathsOf(third.outcomes), ['a.ts', 'sub/e.ts']);
  assert.equal(third.unchanged, 1);
  assert.deepEqual(
    third
      .of('deleted')
      .map(({ naturalKey }) => naturalKey.replace(/.*#/, ''))
      .sort(),
    ['/d.ts', '/sub/c.ts'],
  );
  assert.deepEqual(
    [...crawl.documents.values()].map(({ content }) => 'commit' in content && content.commit === commit),
    [true, false, true],
  );
});

test('a crawl that was killed goes on where it was', async () => {
  const repository = create();
  repository.commit({ 'a.ts': 'a\n', 'b.ts': 'b\n', 'c.ts': 'c\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, repository.link, {
    stop: (crawled) => crawled.outcome === 'document' && crawled.draft.link.endsWith('/b.ts'),
  });
  const second = await crawl.crawl(source, repository.link);
  assert.deepEqual(pathsOf(second.outcomes), ['b.ts', 'c.ts']);
  assert.equal(second.unchanged, 1);
});

test('another author, and a document that was forgotten, are read anew', async () => {
  const repository = create();
  repository.commit({ 'a.ts': 'a\n', 'b.ts': 'b\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, repository.link);
  const [forgotten = ''] = crawl.documents.keys();
  crawl.documents.delete(forgotten);
  assert.deepEqual(pathsOf((await crawl.crawl(source, repository.link)).outcomes), ['a.ts']);
  assert.deepEqual(pathsOf((await crawl.crawl(source, repository.link, { author: 'Grace' })).outcomes), [
    'a.ts',
    'b.ts',
  ]);
});

test('what is not source is skipped for a reason, and .gitattributes has the last word', async () => {
  const repository = create();
  repository.commit({
    'README.md': '# Kept\n',
    'docs/guide.md': 'Kept: `// Code generated by x. DO NOT EDIT.` is a marker.\n',
    'node_modules/x/index.js': 'module.exports = 1;\n',
    'vendor/lib.c': 'int x;\n',
    'vendor/mine/own.c': 'int mine;\n',
    'third_party/lib.py': 'x = 1\n',
    'src/legacy/old.c': 'int old;\n',
    'src/schema.ts': 'export type A = 1;\n',
    'package-lock.json': '{}\n',
    'app.js.map': '{}\n',
    'app.min.js': 'x\n',
    'long.js': `${'x=1;'.repeat(100)}\n`,
    'api.pb.go': 'package api\n',
    'mock.go': '// Code generated by mockgen. DO NOT EDIT.\npackage mock\n',
    'logo.svg': '<svg/>\n',
    'logo.png': 'not really\n',
    'data.thing': Buffer.from([0x61, 0, 0x62]),
    'empty.py': '',
    '.gitattributes': [
      'vendor/mine/** -linguist-vendored',
      '/src/legacy/* linguist-vendored',
      'schema.ts linguist-generated=true',
      '*.thing text',
    ].join('\n'),
    'src/.gitattributes': 'legacy/kept.c linguist-vendored=false\n',
    'src/legacy/kept.c': 'int kept;\n',
    'large.txt': 'x'.repeat(1024 * 1024 + 1),
    'model.onnx': 'binary by its name\n',
    'weights.txt': 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n',
  });
  const report = await new MemoryCrawl().crawl(source, repository.link);
  assert.deepEqual(pathsOf(report.outcomes), ['README.md', 'docs/guide.md', 'src/legacy/kept.c', 'vendor/mine/own.c']);
  const skipped = Object.fromEntries(
    Object.entries(report.skipped).map(([reason, links]) => [
      reason,
      links.map((link) => link.slice(repository.link.length + 1)).sort(),
    ]),
  );
  assert.deepEqual(skipped, {
    vendored: [
      '.gitattributes',
      'node_modules/x/index.js',
      'src/.gitattributes',
      'src/legacy/old.c',
      'third_party/lib.py',
      'vendor/lib.c',
    ],
    generated: ['api.pb.go', 'mock.go', 'src/schema.ts'],
    lockfile: ['package-lock.json'],
    source_map: ['app.js.map'],
    minified: ['app.min.js', 'long.js'],
    image: ['logo.svg'],
    binary: ['data.thing', 'logo.png', 'model.onnx'],
    empty: ['empty.py'],
    too_large: ['large.txt'],
    lfs_pointer: ['weights.txt'],
  });
});

test('a file that stops being content is deleted', async () => {
  const repository = create();
  repository.commit({ 'a.c': 'int a;\n', 'b.c': 'int b;\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, repository.link);
  repository.commit({ '.gitattributes': 'b.c linguist-vendored\n' });
  const report = await crawl.crawl(source, repository.link);
  assert.equal(report.of('deleted').length, 1);
  assert.equal(report.unchanged, 1);
});

test('names and texts that are not UTF-8, links, submodules and names that differ only in case', async () => {
  const repository = create();
  const latinName = Buffer.from('caf\xe9.txt', 'latin1');
  repository.addToIndex('100644', latinName, Buffer.from('Un caf\xe9, d\xe9j\xe0 vu', 'latin1'));
  repository.addToIndex('100644', 'café.txt', 'Another file');
  repository.addToIndex('100644', 'Readme.md', 'upper\n');
  repository.addToIndex('100644', 'readme.md', 'lower\n');
  repository.addToIndex('100644', 'broken.txt', Buffer.concat([Buffer.from('Größe, weiß: '), Buffer.from([0xff])]));
  repository.addToIndex('100644', 'line\nbreak "quoted".txt', 'a name of two lines\n');
  repository.addToIndex('120000', 'link.md', '/etc/passwd');
  repository.addObjectToIndex('160000', 'module', 'a'.repeat(40));
  repository.commitIndex();
  const report = await new MemoryCrawl().crawl(source, repository.link);
  assert.deepEqual(
    report.drafts.map(({ naturalKey, link, content }) => [
      naturalKey.slice(repository.link.length + 2),
      link.slice(repository.link.length + 1),
      'path' in content ? content.path : '',
      'text' in content ? content.text : '',
    ]),
    [
      ['Readme.md', 'Readme.md', 'Readme.md', 'upper\n'],
      ['broken.txt', 'broken.txt', 'broken.txt', 'Größe, weiß: \ufffd'],
      ['café.txt', 'caf%C3%A9.txt', 'café.txt', 'Another file'],
      ['"caf\\351.txt"', 'caf%E9.txt', 'café.txt', 'Un café, déjà vu'],
      [
        'line\nbreak "quoted".txt',
        'line%0Abreak%20%22quoted%22.txt',
        'line\nbreak "quoted".txt',
        'a name of two lines\n',
      ],
      ['readme.md', 'readme.md', 'readme.md', 'lower\n'],
    ],
  );
  assert.deepEqual(Object.keys(report.skipped).sort(), ['submodule', 'symbolic_link']);
});

test('bare repositories, worktrees, SHA-256 and folders with awkward names are read like any other', async () => {
  const origin = create();
  origin.commit({ 'a.txt': 'text\n' });
  const bare = join(folder, 'bare.git');
  origin.git('clone', '--quiet', '--bare', '.', bare);
  const worktree = join(folder, 'work tree');
  origin.git('worktree', 'add', '--quiet', '-b', 'tree', worktree);
  const sha256 = create('--object-format=sha256');
  sha256.commit({ 'a.txt': 'text\n' });
  const awkward = GitRepository.create(folder, 'a:b "c"\n#%é');
  awkward.commit({ 'a.txt': 'text\n' });
  const link = join(folder, 'link');
  symlinkSync(origin.folder, link);
  for (const path of [bare, worktree, sha256.folder, awkward.folder, link]) {
    const url = pathToFileURL(path);
    assert.equal(await source.claims(url), true, path);
    assert.deepEqual(pathsOf((await new MemoryCrawl().crawl(source, url.href)).outcomes), ['a.txt'], path);
  }
});

test('a clone of something on GitHub is that, wherever it lies', async () => {
  const origins = [
    'https://github.com/Ada/Engine.git',
    'git@github.com:Ada/Engine.git',
    'ssh://git@github.com/Ada/Engine',
  ];
  for (const origin of origins) {
    const repository = create();
    repository.commit({ 'src/a b.txt': 'text\n' });
    repository.git('remote', 'add', 'origin', origin);
    const [draft] = (await new MemoryCrawl().crawl(source, repository.link)).drafts;
    assert.equal(draft?.naturalKey, 'ada/engine/src/a b.txt');
    assert.equal(draft?.link, 'https://github.com/Ada/Engine/blob/HEAD/src/a%20b.txt');
    assert.equal(draft !== undefined && 'repository' in draft.content && draft.content.repository, 'Ada/Engine');
  }
});

test('a repository inside of another one is not taken for a part of it', async () => {
  const outer = create();
  outer.commit({ 'a.txt': 'text\n' });
  const inner = GitRepository.create(outer.folder, 'inner');
  inner.commit({ 'b.txt': 'text\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, inner.link);
  await crawl.crawl(source, outer.link);
  assert.deepEqual((await crawl.crawl(source, outer.link)).outcomes, [{ outcome: 'unchanged', documents: 1 }]);
  assert.equal(crawl.documents.size, 2);
});

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
  assert.equal(await source.claims(new URL(repository.link)), true);
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
  assert.equal(await source.claims(new URL(emptiedHead.link)), true);
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
  const limited = new GithubSource({ resolver, temporaryFolder: scratch, maximumFiles: 2 });
  const report = await crawl.crawl(limited, repository.link);
  assert.deepEqual(pathsOf(report.outcomes), ['a.txt']);
  assert.match(report.of('rejected')[0]?.message ?? '', /^2 files are beyond the limit of 2 /);
  assert.equal(report.of('rejected')[0]?.reason, 'too_many_files');
  assert.equal(crawl.documents.size, 4);
});

test('its links are those of github.com, those ending in .git, and tops of local repositories', async () => {
  const repository = create();
  repository.commit({ 'sub/a.txt': 'text\n' });
  mkdirSync(join(folder, 'stray', '.git'), { recursive: true });
  const links: readonly (readonly [string, boolean])[] = [
    ['https://github.com/owner/name', true],
    ['https://www.github.com/owner', true],
    ['https://gist.github.com/owner/1234', false],
    ['https://git.example.org/team/tool.git', true],
    ['https://git.example.org/team/tool.git/', true],
    ['https://example.org/about.github', false],
    ['ftp://git.example.org/team/tool.git', false],
    [repository.link, true],
    [`${repository.link}/`, true],
    [`${repository.link}/sub`, false],
    [`${repository.link}/sub/a.txt`, false],
    [pathToFileURL(folder).href, false],
    [pathToFileURL(join(folder, 'stray')).href, false],
    [pathToFileURL(join(folder, 'nothing')).href, false],
    ['file://elsewhere/x', false],
  ];
  for (const [link, expected] of links) {
    assert.equal(await source.claims(new URL(link)), expected, link);
  }
});

test('without git the message says what to do', async () => {
  const repository = create();
  repository.commit({ 'a.txt': 'text\n' });
  const resolver = { resolve: async () => [] };
  const without = new GithubSource({ resolver, temporaryFolder: scratch, searchPath: scratch });
  await assert.rejects(new MemoryCrawl().crawl(without, repository.link), {
    name: 'Misconfigured',
    message: /install it/,
  });
});
