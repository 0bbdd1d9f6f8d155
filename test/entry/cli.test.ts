import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { lockHolder } from '../../runtime/adapters/sqlite/workspace-lock.ts';
import { statusJson } from './json-shapes.ts';
import { startTwin, TemporaryFolder, twin } from './twin.ts';

const commands = ['ingest', 'search', 'status', 'export', 'dlq', 'work', 'bootstrap', 'doctor'];

test('every command explains itself with examples', async () => {
  await using home = await TemporaryFolder.create();
  for (const command of commands) {
    const { status, stdout } = await twin(home.path, [command, '--help']);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^Usage: twin ${command} `));
    assert.match(stdout, /Examples:\n {2}/, command);
  }
});

test('wrong usage exits with 2 and says what is accepted', async () => {
  await using home = await TemporaryFolder.create();
  const wrong: [string[], RegExp][] = [
    [['serch', 'x'], /Did you mean search\?/],
    [['search'], /missing required argument 'query'/],
    [['ingest'], /missing required argument 'source'/],
    [['search', 'x', '--kind', 'blog'], /article, post, code/],
    [['search', 'x', '--since', 'yesterday'], /2026-01-31/],
    [['search', 'x', '--limit', '0'], /whole number from 1 to 1000/],
    [['export'], /--kind/],
    [['export', '--kind', 'vectors'], /chunks, documents/],
    [['work', 'everything'], /crawler, cdc, features, all/],
    [['status', '--verbose'], /unknown option '--verbose'/],
  ];
  for (const [commandLine, expected] of wrong) {
    const { status, stderr } = await twin(home.path, commandLine);
    assert.equal(status, 2, commandLine.join(' '));
    assert.match(stderr, expected);
  }
});

test('a list without sources is named by what is to take them in', async () => {
  await using home = await TemporaryFolder.create();
  const list = join(home.path, 'sources.yaml');
  for (const text of ['', 'author: Ada\nsources: []\n']) {
    await writeFile(list, text);
    const { status, stderr } = await twin(home.path, ['ingest', '--sources', list]);
    assert.equal(status, 1);
    assert.match(stderr, /sources\.yaml lists no sources/);
  }
});

test('a wrong environment variable is named, with what it got and what it takes', async () => {
  await using home = await TemporaryFolder.create();
  const wrong: [Record<string, string>, RegExp][] = [
    [{ EMBEDDER: 'gpt' }, /EMBEDDER is "gpt", but takes "hashing"/],
    [{ CRAWL_CONCURRENCY: 'many' }, /CRAWL_CONCURRENCY is "many", but takes a whole number from 1 to 256/],
    [{ CRAWL_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/1/crawl.fifo' }, /CHANGE_QUEUE_URL/],
    [{ CRAWL_QUEUE_URL: 'https://user:secret@example.org/crawl' }, /CRAWL_QUEUE_URL is "https:\/\/\*\*\*@/],
  ];
  for (const [variables, expected] of wrong) {
    const { status, stderr } = await twin(home.path, ['status'], variables);
    assert.equal(status, 1);
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr, /secret/);
  }
});

test('one process works on a workspace; others read beside it, and are told who works', async () => {
  await using home = await TemporaryFolder.create();
  const worker = startTwin(home.path, ['work', 'all']);
  try {
    while (lockHolder(home.path)?.queueEndpoint === undefined) await delay(20);
    const second = await twin(home.path, ['ingest', home.path]);
    assert.equal(second.status, 1);
    assert.match(second.stderr, new RegExp(`in use by \`twin work all\` \\(process ${worker.pid}, since`));

    const status = await twin(home.path, ['status', '--json']);
    assert.equal(statusJson.parse(JSON.parse(status.stdout)).raw.articles, 0);
    assert.equal((await twin(home.path, ['search', 'anything'])).status, 0);
    assert.equal((await twin(home.path, ['dlq', 'list'])).status, 0);
  } finally {
    worker.kill('SIGTERM');
  }
  const [status] = await once(worker, 'close');
  assert.equal(status, 0, 'SIGTERM ends it with status 0');
  assert.equal((await twin(home.path, ['bootstrap'])).status, 0, 'the workspace is free again');
});

test('a workspace written by a newer version is left alone', async () => {
  await using home = await TemporaryFolder.create();
  assert.equal((await twin(home.path, ['bootstrap'])).status, 0);
  for (const name of ['raw.sqlite', 'features.sqlite']) {
    const file = join(home.path, name);
    const database = new DatabaseSync(file);
    const before = database.prepare('PRAGMA user_version').get()?.['user_version'];
    database.exec('PRAGMA user_version = 999');
    database.close();
    const { status, stderr } = await twin(home.path, ['status']);
    assert.equal(status, 1);
    assert.match(stderr, /newer Twinstream/);
    assert.match(stderr, new RegExp(name));
    const restored = new DatabaseSync(file);
    restored.exec(`PRAGMA user_version = ${before}`);
    restored.close();
  }
});

test('a workspace that cannot be created is a clear error', async () => {
  const { status, stderr, stdout } = await twin('/proc/twinstream/home', ['status', '--json']);
  assert.equal(status, 1);
  assert.match(stderr, /TWIN_HOME \/proc\/twinstream\/home cannot be created/);
  const { error } = JSON.parse(stdout) as { error: { reason: string; message: string } };
  assert.equal(error.reason, 'misconfigured');
});

test('a file in the place of the workspace is a clear error', async () => {
  await using folder = await TemporaryFolder.create();
  const home = join(folder.path, 'home');
  await writeFile(home, 'not a folder');
  const { status, stderr } = await twin(home, ['status']);
  assert.equal(status, 1);
  assert.match(stderr, /TWIN_HOME .*home cannot be created/);
});

test('the workspace is readable by its owner only', async () => {
  await using folder = await TemporaryFolder.create();
  const home = join(folder.path, 'home');
  await twin(home, ['bootstrap']);
  assert.equal((await stat(home)).mode & 0o077, 0);
});

test('export writes a line a document or chunk', async () => {
  await using folder = await TemporaryFolder.create();
  const home = join(folder.path, 'home');
  const writing = join(folder.path, 'writing');
  await mkdir(writing);
  await writeFile(join(writing, 'one.md'), '# One\n\nThe first of two notes.\n');
  await writeFile(join(writing, 'two.md'), '# Two\n\nThe second of two notes.\n');
  await twin(home, ['ingest', writing, '--author', 'Ada']);
  const documents = await twin(home, ['export', '--kind', 'documents']);
  const rows = documents.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(rows.map((row) => row['title']).toSorted(), ['One', 'Two']);
  const chunks = await twin(home, ['export', '--kind', 'chunks', '--vectors', '--platform', 'file']);
  const [chunk] = chunks.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { vector: number[] });
  assert.equal(chunk?.vector.length, 384);
  assert.equal((await twin(home, ['export', '--kind', 'chunks', '--platform', 'medium'])).stdout, '');
});

test('doctor says what works and what to do', async () => {
  await using home = await TemporaryFolder.create();
  const { status, stdout } = await twin(home.path, ['doctor', '--json'], { CHROME_BINARY: '/nowhere/chromium' });
  assert.equal(status, 0);
  const { ok, checks } = JSON.parse(stdout) as {
    ok: boolean;
    checks: { name: string; ok: boolean; remedy?: string }[];
  };
  assert.equal(ok, true);
  assert.deepEqual(
    checks.map(({ name, ok: works }) => [name, works]),
    [
      ['Node.js', true],
      ['git', true],
      ['Chromium', false],
      ['Workspace', true],
      ['SQLite', true],
      ['Backends', true],
    ],
  );
  const without = await twin(home.path, ['doctor'], { PATH: '/nowhere' });
  assert.equal(without.status, 0);
  assert.match(without.stdout, /! git +not found/);
  assert.match(without.stdout, /apt-get install git/);
});
