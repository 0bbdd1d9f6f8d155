import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type * as z from 'zod';
import { page, ReplicaServer } from '../replica/server.ts';
import { dlqListJson, ingestJson, searchJson, statusJson } from './json-shapes.ts';
import { TemporaryFolder, twin } from './twin.ts';

const paragraph =
  'A change feed answers the question that matters after a crash: where was I? It reads the log of the database, keeps ' +
  'a position, and saves the position only when whoever comes next has confirmed what it got.';

async function json<Shape extends z.ZodType>(
  shape: Shape,
  home: string,
  commandLine: readonly string[],
): Promise<{ readonly status: number | null; readonly value: z.infer<Shape> }> {
  const { status, stdout, stderr } = await twin(home, [...commandLine, '--json']);
  assert.match(stdout, /^\{.*\}\n$/s, `one JSON object on stdout, but: ${stdout}${stderr}`);
  return { status, value: shape.parse(JSON.parse(stdout)) };
}

test('a folder becomes searchable, follows edits and deletions, and costs nothing when unchanged', async () => {
  await using folder = await TemporaryFolder.create();
  const home = join(folder.path, 'home');
  const writing = join(folder.path, 'writing');
  await mkdir(writing);
  await writeFile(
    join(writing, 'capture.md'),
    `# On change capture\n\n${paragraph}\n\n## Later\n\nNothing to add yet.\n`,
  );
  await writeFile(join(writing, 'bread.md'), '# Bread\n\nFlour, water, salt, and time; mostly time.\n');

  const first = await json(ingestJson, home, ['ingest', writing, '--author', 'Ada Lovelace']);
  assert.equal(first.status, 0);
  assert.deepEqual(first.value.sources[0]?.documents, { created: 2, updated: 0, unchanged: 0, deleted: 0, failed: 0 });
  assert.equal(first.value.sources[0]?.platform, 'file');
  assert.equal(first.value.index.documents, 2);
  assert.equal(first.value.index.embedded, first.value.index.chunks);

  const found = await json(searchJson, home, ['search', 'where was I after a crash']);
  const [hit] = found.value.hits;
  assert.equal(hit?.title, 'On change capture');
  assert.equal(hit?.author, 'Ada Lovelace');
  assert.equal(hit?.link, pathToFileURL(join(writing, 'capture.md')).href);
  assert.match(hit?.text ?? '', /where was I\?/);

  const second = await json(ingestJson, home, ['ingest', writing]);
  assert.deepEqual(second.value.sources[0]?.documents, { created: 0, updated: 0, unchanged: 2, deleted: 0, failed: 0 });
  assert.deepEqual(second.value.index, { documents: 0, chunks: 0, embedded: 0, reused: 0, removed: 0 });

  await writeFile(
    join(writing, 'capture.md'),
    `# On change capture\n\n${paragraph}\n\n## Later\n\nIt has held for a year.\n`,
  );
  await rm(join(writing, 'bread.md'));
  const third = await json(ingestJson, home, ['ingest', writing]);
  assert.deepEqual(third.value.sources[0]?.documents, { created: 0, updated: 1, unchanged: 0, deleted: 1, failed: 0 });
  assert.ok(third.value.index.removed >= 1, 'the chunks of the deleted file are removed');

  const gone = await json(searchJson, home, ['search', 'flour water salt']);
  assert.ok(gone.value.hits.every(({ title }) => title !== 'Bread'));
  const status = await json(statusJson, home, ['status']);
  assert.deepEqual(status.value.raw, { articles: 1, posts: 0, code: 0, repositories: 0, users: 1 });
  assert.equal(status.value.features.documents, 1);
  assert.deepEqual(status.value.lag, { changes: 0, oldestMs: 0 });
});

test('a repository, a page and a folder are taken in by one command', async () => {
  await using folder = await TemporaryFolder.create();
  await using site = await ReplicaServer.start();
  site.routes.set('/post', {
    body: page('Dead letters', `<article><h1>Dead letters</h1><p>${paragraph}</p><p>${paragraph}</p></article>`),
  });
  const repository = join(folder.path, 'repository');
  await mkdir(repository);
  await writeFile(
    join(repository, 'retry.ts'),
    'export function retryDelay(attempt: number): number {\n  return 2 ** attempt;\n}\n',
  );
  await git(repository, 'init', '--quiet');
  await git(repository, 'add', '.');
  await git(repository, '-c', 'user.name=T', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', 'first');
  const writing = join(folder.path, 'note.txt');
  await writeFile(writing, `A note on letters.\n\n${paragraph}\n`);
  const home = join(folder.path, 'home');

  const ingested = await json(ingestJson, home, ['ingest', repository, site.url('/post'), writing, '--allow-private']);
  assert.equal(ingested.status, 0, JSON.stringify(ingested.value));
  assert.deepEqual(
    ingested.value.sources.map(({ platform, status, documents }) => [platform, status, documents.created]),
    [
      ['github', 'ok', 1],
      ['web', 'ok', 1],
      ['file', 'ok', 1],
    ],
  );
  const code = await json(searchJson, home, ['search', 'retryDelay', '--kind', 'code', '--language', 'TypeScript']);
  assert.match(code.value.hits[0]?.text ?? '', /function retryDelay/);
  const web = await json(searchJson, home, ['search', 'where was I', '--platform', 'web']);
  assert.deepEqual(
    web.value.hits.map(({ title }) => title),
    ['Dead letters'],
  );
});

test('a site and one of its pages are taken in together, and a page that was removed is gone from both', async () => {
  await using folder = await TemporaryFolder.create();
  await using site = await ReplicaServer.start();
  const home = join(folder.path, 'home');
  const paths = ['/posts/letters', '/posts/queues', '/posts/stores'];
  const publish = (published: readonly string[]): void => {
    site.routes.clear();
    for (const path of published) {
      const text = `<article><h1>On ${path.slice(7)}</h1><p>${paragraph}</p><p>${paragraph}</p></article>`;
      site.routes.set(path, { body: page(`On ${path.slice(7)}`, text) });
    }
    const urls = published.map((path) => `<url><loc>${site.url(path)}</loc></url>`).join('');
    const sitemap = `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${urls}</urlset>`;
    site.routes.set('/sitemap.xml', { headers: { 'content-type': 'application/xml' }, body: sitemap });
    site.routes.set('/', { body: page('Home', '<p>Hello</p>') });
  };
  publish(paths);
  const command = ['ingest', site.url('/'), site.url('/posts/letters'), site.url('/sitemap.xml'), '--allow-private'];
  const { status, value } = await json(ingestJson, home, command);
  assert.equal(status, 0, JSON.stringify(value));
  const raw = async () => (await json(statusJson, home, ['status'])).value.raw.articles;
  assert.equal(await raw(), 3);

  await json(ingestJson, home, ['ingest', site.url('/'), '--allow-private']);
  publish(paths.slice(1));
  await json(ingestJson, home, ['ingest', site.url('/'), '--allow-private']);
  assert.equal(await raw(), 2);
});

test('a lost feature store is made again from the raw store, and forgets what only it knew', async () => {
  await using folder = await TemporaryFolder.create();
  const home = join(folder.path, 'home');
  const kept = join(folder.path, 'kept.md');
  await writeFile(kept, `# Kept\n\n${paragraph}\n`);
  await json(ingestJson, home, ['ingest', kept]);
  for (const suffix of ['', '-wal', '-shm']) await rm(join(home, `features.sqlite${suffix}`), { force: true });

  const again = await json(ingestJson, home, ['ingest', kept]);
  assert.equal(again.status, 0);
  assert.equal(again.value.sources[0]?.documents.unchanged, 1);
  assert.equal(again.value.index.documents, 1, 'it is indexed although it is unchanged');
  const found = await json(searchJson, home, ['search', 'where was I']);
  assert.equal(found.value.hits[0]?.title, 'Kept');

  // Another raw store in the same place: what came from the former one is no longer anybody's.
  for (const suffix of ['', '-wal', '-shm']) await rm(join(home, `raw.sqlite${suffix}`), { force: true });
  const other = join(folder.path, 'other.md');
  await writeFile(other, '# Other\n\nNothing about feeds.\n');
  await json(ingestJson, home, ['ingest', other]);
  const after = await json(statusJson, home, ['status']);
  assert.equal(after.value.features.documents, 1);
});

test('what fails is named, and the rest is taken in all the same', async () => {
  await using folder = await TemporaryFolder.create();
  await using site = await ReplicaServer.start();
  site.routes.set('/gone', { status: 410, body: 'gone' });
  const home = join(folder.path, 'home');
  const note = join(folder.path, 'note.md');
  await writeFile(note, '# A note\n\nIt is short.\n');

  const { status, value } = await json(ingestJson, home, [
    'ingest',
    note,
    join(folder.path, 'missing'),
    'ftp://example.org/file',
    'http://169.254.169.254/latest/meta-data',
    'https://ada:s3cret@example.org/',
    site.url('/gone'),
  ]);
  assert.equal(status, 1);
  assert.deepEqual(
    value.sources.map(({ status: each, errors }) => [each, errors[0]?.reason]),
    [
      ['ok', undefined],
      ['failed', 'not_found'],
      ['failed', 'unsupported_scheme'],
      ['failed', 'forbidden_address'],
      ['failed', 'credentials_in_link'],
      ['failed', 'forbidden_address'],
    ],
  );
  const { value: allowed } = await json(ingestJson, home, ['ingest', site.url('/gone'), '--allow-private']);
  assert.equal(allowed.sources[0]?.errors[0]?.reason, 'gone');

  const letters = await json(dlqListJson, home, ['dlq', 'list']);
  assert.deepEqual(letters.value.deadLetters.map(({ queue, reason }) => `${queue} ${reason}`).toSorted(), [
    'crawl forbidden_address',
    'crawl forbidden_address',
    'crawl gone',
  ]);
  const purged = await twin(home, ['dlq', 'purge']);
  assert.match(purged.stdout, /crawl: 3 dead letters purged/);
});

test('a redriven job is worked off by the next ingest', async () => {
  await using folder = await TemporaryFolder.create();
  await using site = await ReplicaServer.start();
  const home = join(folder.path, 'home');
  const failed = await twin(home, ['ingest', site.url('/late'), '--allow-private']);
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /not_found/);

  site.routes.set('/late', { body: page('Late', `<article><h1>Late</h1><p>${paragraph}</p></article>`) });
  assert.match((await twin(home, ['dlq', 'redrive'])).stdout, /crawl: 1 dead letter redriven/);
  const note = join(folder.path, 'note.md');
  await writeFile(note, '# A note\n\nIt is short.\n');
  assert.equal((await twin(home, ['ingest', note, '--allow-private'])).status, 0);
  const { value } = await json(statusJson, home, ['status']);
  assert.equal(value.queues.crawl.dead, 0);
});

async function git(folder: string, ...commandLine: readonly string[]): Promise<void> {
  await promisify(execFile)('git', ['-C', folder, ...commandLine], {
    env: { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
  });
}
