import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import { readPage } from '../../../runtime/sources/substack/extract.ts';
import { SubstackSource } from '../../../runtime/sources/substack/source.ts';
import { zipOf } from '../../crawling/zip.ts';
import { MemoryCrawl } from '../crawl-context.ts';
import { postJson, preloadsPage } from './posts.ts';
import { SubstackCrawl } from './substack-crawl.ts';

const columns = 'post_id,post_date,is_published,email_sent_at,type,audience,title,subtitle,podcast_url';
const boat = '4711.the-last-boat,2024-03-05T08:20:30.123Z,true,,newsletter,everyone,The last boat,On timetables,';
const body = String(postJson()['body_html']);

type Files = Readonly<Record<string, string>>;

const wholeExport: Files = { 'posts.csv': `${columns}\n${boat}\n`, 'posts/4711.the-last-boat.html': body };

/** No request is ever made for an export. */
const offline = new SubstackSource({
  fetcher: { fetch: () => Promise.reject(new TypeError('an export was to be read without the web')) },
  read: readPage,
});

class Exports implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<Exports> {
    return new Exports(await mkdtemp(join(tmpdir(), 'substack-export-')));
  }

  async folder(files: Files): Promise<string> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.#folder, 'folder', name)), { recursive: true });
      await writeFile(join(this.#folder, 'folder', name), text);
    }
    return pathToFileURL(join(this.#folder, 'folder')).href;
  }

  async zip(files: Files): Promise<string> {
    const path = join(this.#folder, 'export.zip');
    await zipOf(path, files);
    return pathToFileURL(path).href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

async function imported(files: Files) {
  await using exports = await Exports.create();
  return await new MemoryCrawl().crawl(offline, await exports.zip(files));
}

suite('An export of Substack’s', () => {
  test('is recognised as a zip file and as a folder, with a root folder and without one', async () => {
    await using exports = await Exports.create();
    const rooted = Object.fromEntries(Object.entries(wholeExport).map(([name, text]) => [`ferry/${name}`, text]));
    const other = { 'posts/2024-03-05_The-last-boat-abc.html': body, 'README.html': body };
    for (const [files, task] of [
      [wholeExport, 'fetch'],
      [rooted, 'fetch'],
      [other, undefined],
      [{ 'posts.csv': wholeExport['posts.csv'] ?? '' }, undefined],
    ] as const) {
      assert.equal(await offline.taskFor(new URL(await exports.zip(files))), task);
    }
    const folder = await exports.folder(rooted);
    assert.equal(await offline.taskFor(new URL(folder)), 'fetch');
    assert.equal((await new MemoryCrawl().crawl(offline, folder)).drafts.length, 1);
  });

  test('gives its posts as they were written', async () => {
    const [draft] = (await imported(wholeExport)).drafts;
    assert.ok(draft?.kind === 'article');
    assert.equal(draft.naturalKey, 'p-4711');
    assert.equal(draft.link, 'https://substack.com/home/post/p-4711');
    assert.equal(draft.title, 'The last boat');
    assert.equal(draft.publishedAt, '2024-03-05T08:20:30.000Z');
    assert.equal(draft.content.markdown, 'The boat that nobody waits for *leaves* on time, every evening.');
    assert.equal(Buffer.from(draft.payload.bytes).toString(), body);
  });

  test('may spell and order its table as it likes', async () => {
    const table =
      'title,type,inbox_sent_at,is_published,post_id,post_date\n' +
      'Rock &amp; roll &lt;3,newsletter,,TRUE,4711,2024-03-05T08:20:30Z\n';
    const [draft] = (await imported({ 'posts.csv': table, 'posts/4711.a.html': body })).drafts;
    assert.equal(draft?.title, 'Rock & roll <3');
  });

  test('keeps drafts out, and tells of posts whose text it lacks', async () => {
    const rows = [
      '1.draft,,false,,newsletter,everyone,Draft,,',
      '2.recent,2024-03-05T08:20:30Z,true,,newsletter,everyone,Recent,,',
      '3.episode,2024-03-05T08:20:30Z,true,,podcast,everyone,Episode,,https://a.example/b.mp3',
      '4.chat,2024-03-05T08:20:30Z,true,,thread,everyone,Thread,,',
      '5.empty,2024-03-05T08:20:30Z,true,,newsletter,everyone,Empty,,',
      'six,2024-03-05T08:20:30Z,true,,newsletter,everyone,No number,,',
      boat,
      boat,
    ];
    const report = await imported({
      'posts.csv': `${columns}\n${rows.join('\n')}\n`,
      'posts/1.draft.html': body,
      'posts/4.chat.html': '',
      'posts/5.empty.html': '<p></p>',
      'posts/4711.the-last-boat.html': body,
    });
    assert.deepEqual(
      report.of('skipped').map(({ reason }) => reason),
      ['draft', 'no_text', 'no_text', 'no_text'],
    );
    assert.deepEqual(
      report.of('rejected').map(({ reason, link }) => [reason, /p-2$|posts\.csv:7$/.test(link)]),
      [
        ['missing_html', true],
        ['malformed_row', true],
      ],
    );
    assert.equal(report.drafts.length, 1);
  });

  test('is never read for who subscribes', async () => {
    await using exports = await Exports.create();
    const secret = 'email\nreader@reader.example\n';
    const folder = await exports.folder({
      ...wholeExport,
      'email_list.ferry.csv': secret,
      'posts/4711.opens.csv': secret,
    });
    const crawl = new MemoryCrawl();
    const report = await crawl.crawl(offline, folder);
    assert.ok(!JSON.stringify([...report.outcomes, ...crawl.states]).includes('reader.example'));
    assert.equal(report.outcomes.length, 1);
  });

  test('ends at the first post that unpacks to far more than it is', async () => {
    const files = { ...wholeExport, 'posts/4711.the-last-boat.html': '0'.repeat(4_000_000) };
    await assert.rejects(imported(files), { reason: 'archive_too_large' });
  });

  test('with other columns is refused, by the names of those that are missing and those that are there', async () => {
    const files = { ...wholeExport, 'posts.csv': 'id,post_date,type,title\n4711,2024-03-05,newsletter,Boat\n' };
    await assert.rejects(
      imported(files),
      (error) =>
        error instanceof RejectedInput &&
        error.reason === 'wrong_columns' &&
        /no column post_id, is_published; found are id, post_date, type, title/.test(error.message),
    );
  });
});

suite('The same post, crawled and imported', () => {
  const page = preloadsPage(postJson());
  const link = 'https://ferry.substack.com/p/the-last-boat';

  /** The draft without the payload, which is not what a reader sees. */
  const seen = (memory: MemoryCrawl) => [...memory.documents.values()].map(({ payload: _, ...draft }) => draft);

  async function crawled() {
    const fetch = async () => ({
      status: 'ok' as const,
      url: link,
      mediaType: 'text/html',
      text: page,
      body: Buffer.from(page),
    });
    return { source: new SubstackSource({ fetcher: { fetch }, read: readPage }), memory: new MemoryCrawl() };
  }

  test('is one document that the import leaves as it is', async () => {
    await using exports = await Exports.create();
    const { source, memory } = await crawled();
    await memory.crawl(source, link);
    const before = seen(memory);
    await memory.crawl(source, await exports.zip(wholeExport));
    assert.equal(before.length, 1);
    assert.deepEqual(seen(memory), before);
  });

  test('is one document that gets its link and author when the page is crawled later', async () => {
    await using exports = await Exports.create();
    const { source, memory } = await crawled();
    const archive = await exports.zip(wholeExport);
    await memory.crawl(source, archive);
    await memory.crawl(source, link);
    const after = seen(memory);
    assert.deepEqual(
      after.map((draft) => [draft.naturalKey, draft.link]),
      [['p-4711', link]],
    );
    await memory.crawl(source, archive);
    assert.deepEqual(seen(memory), after);
  });
});

test('An import of a whole publication after its crawl changes nothing', async () => {
  await using substack = await SubstackCrawl.start();
  await using exports = await Exports.create();
  const ledger = substack.web.substack.publication('ledger', { name: 'Ledger', author: 'Ada', posts: 20 });
  await substack.crawl('https://ledger.substack.com/');
  const before = new Map([...substack.memory.documents].map(([key, { payload: _, ...draft }]) => [key, draft]));
  const rows = [columns];
  const files: Record<string, string> = {};
  for (const post of ledger.catalogue.posts) {
    const { id, slug, title, post_date: date, body_html: html } = ledger.postJson(post, true);
    rows.push(`${String(id)}.${String(slug)},${String(date)},true,,newsletter,everyone,"${String(title)}",,`);
    files[`posts/${String(id)}.${String(slug)}.html`] = String(html);
  }
  await substack.crawl(await exports.zip({ ...files, 'posts.csv': rows.join('\n') }));
  assert.deepEqual(
    new Map([...substack.memory.documents].map(([key, { payload: _, ...draft }]) => [key, draft])),
    before,
  );
});
