import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import { FilesSource } from '../../../runtime/sources/files/source.ts';
import { forgedZip } from '../../crawling/zip.ts';
import { type CrawlReport, MemoryCrawl } from '../crawl-context.ts';

const temporary = mkdtempSync(join(tmpdir(), 'twinstream-test-'));
after(() => rmSync(temporary, { recursive: true, force: true }));
const source = new FilesSource();
let count = 0;

function folderWith(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  count += 1;
  const folder = join(temporary, `folder-${count}`);
  mkdirSync(folder);
  write(folder, files);
  return folder;
}

function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

function linkOf(path: string): string {
  return pathToFileURL(path).href;
}

/** Until a file that was just written counts as settled. */
function settled(): Promise<void> {
  return setTimeout(40);
}

function namesOf(report: CrawlReport): string[] {
  return report.drafts.map(({ naturalKey }) => basename(naturalKey));
}

async function rejection(link: string): Promise<RejectedInput> {
  try {
    await new MemoryCrawl().crawl(source, link);
  } catch (error) {
    assert.ok(error instanceof RejectedInput, String(error));
    return error;
  }
  return assert.fail('it was taken');
}

test('a folder gives one article a file, in the order of the names', async () => {
  const folder = folderWith({
    'b.txt': 'Plain text.\n',
    'a/post.md': '# A post\n\nIts text.\n',
    'a/page.html': '<!doctype html><title>A page</title><body><article><h1>A page</h1><p>Its text.</p></article>',
    'Z.markdown': 'No heading.\n',
  });
  const report = await new MemoryCrawl().crawl(source, linkOf(folder));
  assert.deepEqual(
    report.drafts.map(({ kind, platform, naturalKey, link, title, payload }) => [
      kind,
      platform,
      naturalKey.slice(folder.length),
      fileURLToPath(link) === naturalKey,
      title,
      payload.mediaType,
    ]),
    [
      ['article', 'file', '/Z.markdown', true, 'Z', 'text/markdown'],
      ['article', 'file', '/a/page.html', true, 'A page', 'text/html'],
      ['article', 'file', '/a/post.md', true, 'A post', 'text/markdown'],
      ['article', 'file', '/b.txt', true, 'b', 'text/plain'],
    ],
  );
  assert.deepEqual(
    report.drafts.map(({ content }) => 'markdown' in content && content.markdown),
    ['No heading.', 'Its text.', 'Its text.', 'Plain text.'],
  );
});

test('the payload is what lies on the disk, byte by byte', async () => {
  const bytes = Buffer.from('\ufeff# Caf\u00e9\r\n\r\nText\r\n');
  const folder = folderWith({ 'a.md': bytes });
  const [draft] = (await new MemoryCrawl().crawl(source, linkOf(folder))).drafts;
  assert.deepEqual(Buffer.from(draft?.payload.bytes ?? []), bytes);
  assert.equal(draft?.title, 'Café');
});

test('what is hidden, installed or no text is skipped for a reason, and links are not followed', async () => {
  const outside = folderWith({ 'secret.md': 'Not asked for.\n' });
  const folder = folderWith({
    'kept.md': 'Kept.\n',
    '.git/HEAD.md': 'x',
    '.obsidian/note.md': 'x',
    '.draft.md': 'x',
    'node_modules/x/README.md': 'x',
    'photo.jpg': 'x',
  });
  symlinkSync(folder, join(folder, 'loop'));
  symlinkSync(outside, join(folder, 'outside'));
  symlinkSync(join(outside, 'secret.md'), join(folder, 'secret.md'));
  await using socket = createServer();
  await once(socket.listen(join(folder, 'socket.md')), 'listening');
  const report = await new MemoryCrawl().crawl(source, linkOf(folder));
  assert.deepEqual(namesOf(report), ['kept.md']);
  const skipped = Object.entries(report.skipped).map(([reason, links]) => [
    reason,
    links.map((link) => basename(link)),
  ]);
  assert.deepEqual(Object.fromEntries(skipped), {
    hidden: ['.draft.md', '.obsidian'],
    version_control: ['.git'],
    dependencies: ['node_modules'],
    not_text: ['photo.jpg'],
    not_a_file: ['socket.md'],
    symbolic_link: ['loop', 'outside', 'secret.md'],
  });
});

test('what should be text and is not is rejected, and the rest goes on', async () => {
  const folder = folderWith({
    'a.md': 'Good.\n',
    'binary.md': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1]),
    'large.txt': 'x'.repeat(1001),
    'z.md': 'Good.\n',
  });
  const report = await new MemoryCrawl().crawl(new FilesSource({ maximumBytes: 1000 }), linkOf(folder));
  assert.deepEqual(namesOf(report), ['a.md', 'z.md']);
  assert.deepEqual(
    report.of('rejected').map(({ link, reason }) => [basename(link), reason]),
    [
      ['binary.md', 'binary'],
      ['large.txt', 'too_large'],
    ],
  );
});

test('a folder without any file of an accepted type says so', async () => {
  for (const files of [{}, { 'photo.jpg': 'x', 'sub/archive.zip': 'x', '.hidden/note.md': 'x' }]) {
    const folder = folderWith(files);
    const [rejected, ...others] = (await new MemoryCrawl().crawl(source, linkOf(folder))).of('rejected');
    assert.deepEqual([rejected?.reason, rejected?.link, others], ['nothing_found', linkOf(folder), []]);
    assert.ok(rejected?.message.includes(folder));
    assert.match(rejected?.message ?? '', /\.md.*\.html.*\.txt/);
  }
});

test('a folder whose files were all deleted, cannot be taken or are empty is not said to hold nothing', async () => {
  const folder = folderWith({ 'a.md': 'One.\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, linkOf(folder));
  rmSync(join(folder, 'a.md'));
  const outcomesOf = async () => (await crawl.crawl(source, linkOf(folder))).outcomes.map(({ outcome }) => outcome);
  assert.deepEqual(await outcomesOf(), ['deleted']);
  assert.deepEqual(await outcomesOf(), ['rejected']);
  write(folder, { 'binary.md': Buffer.from([1, 0, 1]) });
  assert.deepEqual(await outcomesOf(), ['rejected']);
  write(folder, { 'binary.md': '' });
  assert.deepEqual(await outcomesOf(), ['skipped']);
});

test('a file without text is skipped in a folder and rejected by itself; what it said before is deleted', async () => {
  const folder = folderWith({ 'blank.txt': ' \n\t\n', 'empty.md': '', 'kept.md': 'Kept.\n' });
  const path = join(folder, 'empty.md');
  const crawl = new MemoryCrawl();
  const deletedIn = (report: CrawlReport) => report.of('deleted').map(({ naturalKey }) => naturalKey);
  const report = await crawl.crawl(source, linkOf(folder));
  assert.deepEqual(report.skipped, { empty: [linkOf(join(folder, 'blank.txt')), linkOf(path)] });
  assert.deepEqual([namesOf(report), report.of('rejected'), deletedIn(report)], [['kept.md'], [], []]);

  for (const given of [folder, path]) {
    writeFileSync(path, 'Text.\n');
    assert.deepEqual(namesOf(await crawl.crawl(source, linkOf(path))), ['empty.md']);
    writeFileSync(path, '');
    assert.deepEqual(deletedIn(await crawl.crawl(source, linkOf(given))), [path]);
    assert.equal(crawl.documents.size, 1);
  }
  assert.deepEqual(
    (await crawl.crawl(source, linkOf(path))).of('rejected').map(({ reason }) => reason),
    ['empty'],
  );
});

test('a file of 50 MB is rejected without being read', async () => {
  const folder = folderWith();
  const path = join(folder, 'huge.txt');
  writeFileSync(path, '');
  truncateSync(path, 50 * 1024 * 1024);
  assert.equal((await new MemoryCrawl().crawl(source, linkOf(path))).of('rejected')[0]?.reason, 'too_large');
});

test('what may not be read is rejected, and not taken for deleted', async () => {
  const folder = folderWith({ 'a.md': 'One.\n', 'closed/b.md': 'Two.\n', 'c.md': 'Three.\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, linkOf(folder));
  writeFileSync(join(folder, 'a.md'), 'Changed.\n');
  chmodSync(temporary, 0o755);
  chmodSync(join(folder, 'a.md'), 0);
  chmodSync(join(folder, 'closed'), 0);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) {
    process.seteuid?.(65_534); // To whom permissions apply.
  }
  try {
    const report = await crawl.crawl(source, linkOf(folder));
    assert.deepEqual(
      report.of('rejected').map(({ link, reason }) => [basename(link), reason]),
      [
        ['a.md', 'unreadable'],
        ['closed', 'unreadable'],
      ],
    );
    assert.equal(crawl.documents.size, 3);
    assert.equal((await rejection(linkOf(join(folder, 'closed/b.md')))).reason, 'unreadable');
  } finally {
    if (isRoot) {
      process.seteuid?.(0);
    }
    chmodSync(join(folder, 'closed'), 0o755);
  }
});

test('a second crawl reads nothing, a later one what changed', async () => {
  const folder = folderWith({ 'a.md': 'One.\n', 'b.md': 'Two.\n', 'c/d.md': 'Three.\n', 'e.md': 'Four.\n' });
  const crawl = new MemoryCrawl();
  await settled();
  await crawl.crawl(source, linkOf(folder));
  assert.deepEqual((await crawl.crawl(source, linkOf(folder))).outcomes, [{ outcome: 'unchanged', documents: 4 }]);

  writeFileSync(join(folder, 'b.md'), 'Two!\n');
  utimesSync(join(folder, 'b.md'), 1, 1);
  renameSync(join(folder, 'c/d.md'), join(folder, 'c/f.md'));
  rmSync(join(folder, 'e.md'));
  const third = await crawl.crawl(source, linkOf(folder));
  assert.deepEqual(namesOf(third), ['b.md', 'f.md']);
  assert.equal(third.unchanged, 1);
  assert.deepEqual(
    third
      .of('deleted')
      .map(({ naturalKey }) => basename(naturalKey))
      .sort(),
    ['d.md', 'e.md'],
  );
});

test('a file that was written while it was read is read again', async () => {
  const folder = folderWith({ 'a.md': 'One.\n' });
  const crawl = new MemoryCrawl();
  const careful = new FilesSource({ racyMs: 60_000 });
  const first = await crawl.crawl(careful, linkOf(folder));
  assert.equal(first.of('document')[0]?.state, undefined);
  assert.deepEqual(namesOf(await crawl.crawl(careful, linkOf(folder))), ['a.md']);
});

test('another author, and a document that was forgotten, are read anew', async () => {
  const folder = folderWith({ 'a.md': 'One.\n', 'b.md': 'Two.\n' });
  const crawl = new MemoryCrawl();
  await settled();
  await crawl.crawl(source, linkOf(folder));
  crawl.documents.delete(`file ${join(folder, 'a.md')}`);
  assert.deepEqual(namesOf(await crawl.crawl(source, linkOf(folder))), ['a.md']);
  assert.deepEqual(namesOf(await crawl.crawl(source, linkOf(folder), { author: 'Grace' })), ['a.md', 'b.md']);
});

test('many unchanged files are told in few outcomes', async () => {
  const folder = folderWith(
    Object.fromEntries(Array.from({ length: 1100 }, (_, index) => [`${index}.md`, `${index}\n`])),
  );
  const crawl = new MemoryCrawl();
  await settled();
  await crawl.crawl(source, linkOf(folder));
  const report = await crawl.crawl(source, linkOf(folder));
  assert.equal(report.unchanged, 1100);
  assert.equal(report.outcomes.length, 3);
});

test('a file by itself, a folder around it and a link to either are the same document', async () => {
  const folder = folderWith({ 'sub/a.md': 'One.\n' });
  const path = join(folder, 'sub/a.md');
  symlinkSync(path, join(folder, 'link.md'));
  const crawl = new MemoryCrawl();
  for (const given of [path, folder, join(folder, 'sub'), join(folder, 'link.md'), `${folder}/sub/../sub/`]) {
    await crawl.crawl(source, linkOf(given));
  }
  assert.deepEqual([...crawl.documents.keys()], [`file ${path}`]);
});

test('what was asked for by name inside of a hidden folder is not deleted by a crawl around it', async () => {
  const folder = folderWith({ '.notes/a.md': 'One.\n', '.b.md': 'Two.\n', 'c.md': 'Three.\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, linkOf(join(folder, '.notes')));
  await crawl.crawl(source, linkOf(join(folder, '.b.md')));
  const report = await crawl.crawl(source, linkOf(folder));
  assert.deepEqual(report.of('deleted'), []);
  assert.equal(crawl.documents.size, 3);
});

test('a file that was taken in by itself and is gone is deleted; a folder that is gone is a mistake', async () => {
  const folder = folderWith({ 'a.md': 'One.\n' });
  const path = join(folder, 'a.md');
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, linkOf(path));
  rmSync(path);
  assert.deepEqual(
    (await crawl.crawl(source, linkOf(path))).of('deleted').map(({ naturalKey }) => naturalKey),
    [path],
  );
  await assert.rejects(crawl.crawl(source, linkOf(path)), { reason: 'not_found' });

  write(folder, { 'b.md': 'Two.\n' });
  await crawl.crawl(source, linkOf(folder));
  rmSync(folder, { recursive: true });
  await assert.rejects(crawl.crawl(source, linkOf(folder)), { reason: 'not_found' });
  assert.equal(crawl.documents.size, 1);
});

test('a link that stands for nothing readable is rejected, and the message says what is accepted', async () => {
  const folder = folderWith({ 'a.jpg': 'x', 'folder.md/a.md': 'One.\n' });
  assert.equal((await rejection(linkOf(join(folder, 'nothing')))).reason, 'not_found');
  assert.equal((await rejection(linkOf(join(folder, 'a.jpg', 'nothing')))).reason, 'not_found');
  assert.equal((await rejection('file://elsewhere/a.md')).reason, 'unsupported_link');
  assert.equal((await rejection('file:///a%2Fb.md')).reason, 'unsupported_link');
  const unsupported = await rejection(linkOf(join(folder, 'a.jpg')));
  assert.equal(unsupported.reason, 'unsupported_type');
  assert.match(unsupported.message, /\.md.*\.html.*\.txt/);
  symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
  assert.equal((await rejection(linkOf(join(folder, 'loop')))).reason, 'unreadable');
});

test('a zip file that is no export is told from one that is no zip file, and each is told what would be accepted', async () => {
  const nothing = new Uint8Array(22);
  nothing.set(Buffer.from('PK\u0005\u0006', 'latin1'));
  const photos = forgedZip([{ name: 'photos/boat.jpg', text: 'x' }]);
  const linked = forgedZip([
    { name: 'posts.csv', text: 'post_id' },
    { name: 'posts/1.boat.html', text: '../boat.html', mode: 0o120777 },
  ]);
  const folder = folderWith({ 'nothing.zip': nothing, 'photos.zip': photos, photos, 'linked.zip': linked });
  for (const name of ['nothing.zip', 'photos.zip', 'photos', 'linked.zip']) {
    const { reason, message } = await rejection(linkOf(join(folder, name)));
    assert.equal(reason, 'not_an_export', name);
    assert.match(message, /LinkedIn.*Shares\.csv.*Medium.*posts\/.*Substack.*posts\.csv.*\.md/);
  }
  write(folder, { 'empty.zip': '', 'text.ZIP': 'This is text.' });
  for (const [name, expected] of [
    ['empty.zip', /is empty: download/],
    ['text.ZIP', /no zip file/],
  ] as const) {
    const { reason, message } = await rejection(linkOf(join(folder, name)));
    assert.equal(reason, 'corrupt_archive');
    assert.match(message, expected);
  }
});

test('names of any characters give links that lead back to them', async () => {
  const names = [
    'a b.md',
    'c#d.md',
    'e%41.md',
    'f?g.md',
    'h\ni.md',
    'j\\k.md',
    'caf\u00e9.md',
    'cafe\u0301.md',
    '[l].md',
  ];
  const folder = folderWith(Object.fromEntries(names.map((name) => [name, `Text of ${name}`])));
  const report = await new MemoryCrawl().crawl(source, linkOf(folder));
  assert.deepEqual(report.drafts.map(({ link }) => basename(fileURLToPath(link))).sort(), names.toSorted());
  for (const { link, naturalKey } of report.drafts) {
    assert.deepEqual(
      (await new MemoryCrawl().crawl(source, link)).drafts.map((draft) => draft.naturalKey),
      [naturalKey],
    );
  }
});

test('a name that is not UTF-8 is told, and the rest is taken', { skip: process.platform !== 'linux' }, async () => {
  const folder = folderWith({ 'a.md': 'One.\n' });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.md')]), 'Two.\n');
  const report = await new MemoryCrawl().crawl(source, linkOf(folder));
  assert.deepEqual(namesOf(report), ['a.md']);
  assert.deepEqual(
    report.of('rejected').map(({ reason }) => reason),
    ['unsupported_name'],
  );
});

test('an aborted crawl deletes nothing', async () => {
  const folder = folderWith({ 'a.md': 'One.\n', 'b.md': 'Two.\n' });
  const crawl = new MemoryCrawl();
  await crawl.crawl(source, linkOf(folder));
  rmSync(join(folder, 'b.md'));
  await assert.rejects(crawl.crawl(source, linkOf(folder), { signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.equal(crawl.documents.size, 2);
});
