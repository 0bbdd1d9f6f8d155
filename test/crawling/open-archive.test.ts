import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { defaultArchiveLimits, readText } from '../../runtime/crawling/archive.ts';
import { archiveNames, openArchive } from '../../runtime/crawling/open-archive.ts';
import { RejectedInput } from '../../runtime/domain/errors.ts';
import { TemporaryFolder } from '../entry/twin.ts';
import { forgedZip, zipOf } from './zip.ts';

type Files = Readonly<Record<string, string>>;

async function folderOf(root: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

async function textsOf(path: string): Promise<Files> {
  await using archive = await openArchive(path);
  const texts: Record<string, string> = {};
  for (const entry of archive.entries) texts[entry.path] = await readText(entry, 100_000_000);
  return texts;
}

const isRejected =
  (reason: string, message = /./) =>
  (error: unknown) =>
    error instanceof RejectedInput && error.reason === reason && message.test(error.message);

const files = { 'posts.csv': 'a,b\n1,2\n', 'posts/1.first.html': '<p>First</p>', 'posts/2.zweiter-ü.html': '<p>ü</p>' };

describe('An export', () => {
  test('is the same zipped and unpacked', async () => {
    await using folder = await TemporaryFolder.create();
    const zip = join(folder.path, 'export.zip');
    await zipOf(zip, files);
    await folderOf(join(folder.path, 'export'), files);
    assert.deepEqual(await textsOf(zip), files);
    assert.deepEqual(await textsOf(join(folder.path, 'export')), files);
    assert.deepEqual(await archiveNames(zip), Object.keys(files));
    assert.deepEqual(await archiveNames(join(folder.path, 'export')), Object.keys(files));
  });

  test('may lie in a folder of its own inside, beside what macOS adds', async () => {
    await using folder = await TemporaryFolder.create();
    const inRoot = Object.fromEntries(Object.entries(files).map(([path, text]) => [`my export/${path}`, text]));
    const zip = join(folder.path, 'export.zip');
    await zipOf(zip, { ...inRoot, '__MACOSX/my export/._posts.csv': 'x' });
    await using archive = await openArchive(zip);
    assert.equal(await readText(archive.entry('posts.csv') ?? assert.fail(), 100), files['posts.csv']);
    await folderOf(
      folder.path,
      Object.fromEntries(Object.entries(inRoot).map(([path, text]) => [`out/${path}`, text])),
    );
    assert.deepEqual(await textsOf(join(folder.path, 'out')), files);
  });

  test('holds no symbolic links, neither zipped nor unpacked', async () => {
    await using folder = await TemporaryFolder.create();
    await folderOf(join(folder.path, 'export'), files);
    await symlink('/etc/passwd', join(folder.path, 'export/posts/3.secret.html'));
    await symlink('/etc', join(folder.path, 'export/more'));
    assert.deepEqual(await textsOf(join(folder.path, 'export')), files);
    const zip = join(folder.path, 'export.zip');
    await writeFile(
      zip,
      forgedZip([
        { name: 'posts.csv', text: 'a\n' },
        { name: 'link', text: '/etc/passwd', mode: 0o120777 },
      ]),
    );
    assert.deepEqual(await textsOf(zip), { 'posts.csv': 'a\n' });
  });

  test('is not taken for one when it is another file', async () => {
    await using folder = await TemporaryFolder.create();
    await writeFile(join(folder.path, 'note.txt'), 'PK is how zip files begin');
    assert.equal(await archiveNames(join(folder.path, 'note.txt')), undefined);
    await assert.rejects(openArchive(join(folder.path, 'note.txt')), isRejected('not_an_archive', /note\.txt/));
  });

  test('is not looked for in a pipe, nor where there is nothing', async () => {
    await using folder = await TemporaryFolder.create();
    const pipe = join(folder.path, 'pipe');
    execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
    assert.equal(await archiveNames(pipe), undefined);
    assert.equal(await archiveNames(join(folder.path, 'nothing')), undefined);
    await assert.rejects(openArchive(join(folder.path, 'nothing')), isRejected('not_found', /nothing/));
  });
});

describe('A hostile or broken zip file', () => {
  test('that is cut off is refused, wherever it was cut', async () => {
    await using folder = await TemporaryFolder.create();
    const zip = join(folder.path, 'export.zip');
    await zipOf(zip, files);
    const { length } = await readFile(zip);
    for (const size of [length - 1, Math.floor(length / 2), 30]) {
      await truncate(zip, size);
      await assert.rejects(openArchive(zip), isRejected('corrupt_archive', /download the export again/));
    }
  });

  test('that was changed inside fails at the checksum', async () => {
    await using folder = await TemporaryFolder.create();
    const zip = join(folder.path, 'export.zip');
    await zipOf(zip, { 'a.txt': 'Hello there' }, { compress: false });
    const bytes = await readFile(zip);
    bytes.write('J', bytes.indexOf('Hello'));
    await writeFile(zip, bytes);
    await assert.rejects(textsOf(zip), isRejected('corrupt_archive', /a\.txt.*checksum/));
  });

  test('that is encrypted is refused with what to do', async () => {
    await using folder = await TemporaryFolder.create();
    const zip = join(folder.path, 'export.zip');
    // Traditional encryption puts twelve bytes before the data; strong encryption has a bit of its own.
    for (const flags of [1, 0x41]) {
      await writeFile(zip, forgedZip([{ name: 'posts.csv', text: 'twelve bytes and data', size: 9, flags }]));
      await assert.rejects(openArchive(zip), isRejected('encrypted_archive', /password.*folder/));
    }
    await writeFile(zip, forgedZip([{ name: 'posts.csv', text: 'without the twelve', flags: 1 }]));
    await assert.rejects(openArchive(zip), isRejected('encrypted_archive', /password.*folder/));
  });

  test('that names paths outside of itself is refused', async () => {
    await using folder = await TemporaryFolder.create();
    const zip = join(folder.path, 'export.zip');
    for (const name of ['../evil.html', 'posts/../../evil.html', '/etc/passwd', 'C:\\evil', 'posts\\..\\..\\evil']) {
      await writeFile(
        zip,
        forgedZip([
          { name: 'posts.csv', text: 'a' },
          { name, text: 'x' },
        ]),
      );
      await assert.rejects(openArchive(zip), isRejected('unsafe_archive'), name);
    }
  });

  test('that unpacks to far more than it is fails before it is unpacked', async () => {
    await using folder = await TemporaryFolder.create();
    const zip = join(folder.path, 'bomb.zip');
    await zipOf(zip, { 'bomb.txt': '0'.repeat(50_000_000) });
    await assert.rejects(textsOf(zip), isRejected('archive_too_large', /bomb\.txt.*200 times/));
  });

  test('that lies about its sizes fails while it is unpacked', async () => {
    await using folder = await TemporaryFolder.create();
    const zip = join(folder.path, 'bomb.zip');
    const bytes = deflateRawSync(Buffer.alloc(5_000_000, '0'));
    await writeFile(zip, forgedZip([{ name: 'bomb.txt', packed: bytes, size: 1_000 }]));
    await assert.rejects(textsOf(zip), isRejected('corrupt_archive', /bomb\.txt.*size/));
    for (const size of [1, 1_000]) {
      await writeFile(zip, forgedZip([{ name: 'stored.txt', text: 'as it is', size }]));
      await assert.rejects(textsOf(zip), isRejected('corrupt_archive', /stored\.txt.*size/));
    }
  });

  test('whose entries are too many, too large, or too much together is refused', async () => {
    await using folder = await TemporaryFolder.create();
    const zip = join(folder.path, 'export.zip');
    await zipOf(zip, files);
    await assert.rejects(openArchive(zip, { ...defaultArchiveLimits, maxEntries: 2 }), isRejected('archive_too_large'));
    await using small = await openArchive(zip, { ...defaultArchiveLimits, maxEntryBytes: 10 });
    await assert.rejects((async () => small.entry('posts/1.first.html')?.open())(), isRejected('archive_too_large'));
    await using little = await openArchive(zip, { ...defaultArchiveLimits, maxTotalBytes: 15 });
    const [first, second] = little.entries;
    assert.ok(first !== undefined && second !== undefined);
    await buffer(await first.open());
    await assert.rejects(
      async () => buffer(await second.open()),
      isRejected('archive_too_large', /more than 15 bytes/),
    );
  });
});
