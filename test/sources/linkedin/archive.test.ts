import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import type { Archive } from '../../../runtime/crawling/archive.ts';
import { isLinkedinExport, readExport } from '../../../runtime/sources/linkedin/archive.ts';
import { withLineBreaks } from '../../../runtime/sources/linkedin/export-posts.ts';
import { readPage } from '../../../runtime/sources/linkedin/extract.ts';
import { LinkedinSource } from '../../../runtime/sources/linkedin/source.ts';
import { zipOf } from '../../crawling/zip.ts';
import { type CrawlReport, MemoryCrawl } from '../crawl-context.ts';
import {
  commentary,
  completeExport,
  type ExportFiles,
  message,
  shareLink,
  sharesHeader,
  writeExport,
} from './export.ts';
import { noBrowser, noFetcher } from './nothing.ts';

let folder: string;
let made = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'linkedin-export-'));
});

after(() => rm(folder, { recursive: true, force: true }));

function source(): LinkedinSource {
  return new LinkedinSource({ fetcher: noFetcher, read: readPage, browser: noBrowser, ownProfile: false });
}

async function unpacked(files: ExportFiles): Promise<URL> {
  made += 1;
  const path = join(folder, `${made}`);
  await writeExport(path, files);
  return pathToFileURL(path);
}

async function zipped(files: ExportFiles, root = ''): Promise<URL> {
  made += 1;
  const path = join(folder, `${made}.zip`);
  await zipOf(path, Object.fromEntries(Object.entries(files).map(([name, text]) => [`${root}${name}`, text])));
  return pathToFileURL(path);
}

async function crawl(link: URL, memory = new MemoryCrawl()): Promise<CrawlReport> {
  return await memory.crawl(source(), link.href);
}

function textsByKey(report: CrawlReport): Record<string, string> {
  return Object.fromEntries(
    report.drafts.map(({ naturalKey, content }) => [naturalKey, 'text' in content ? content.text : content.markdown]),
  );
}

describe('an export of LinkedIn', () => {
  test('is told from other archives by what it holds, zipped or unpacked, with or without a root folder', async () => {
    const zip = await zipped(completeExport, 'Complete_LinkedInDataExport_05-01-2024/');
    const plain = await unpacked(completeExport);
    const notes = await unpacked({ 'Comments.csv': 'a,b\n', 'notes.md': '# Notes', 'plans/spring.md': 'Sow' });
    assert.equal(await source().taskFor(zip), 'fetch');
    assert.equal(await source().taskFor(plain), 'fetch');
    assert.equal(await source().taskFor(notes), undefined);
    assert.ok(isLinkedinExport(['Shares_12345678.csv']));
    assert.ok(isLinkedinExport(['Connections.csv', 'messages.csv']));
    assert.ok(!isLinkedinExport(['posts.csv', 'posts/1.hello.html']));
  });

  test('gives the same documents as a zip file with a root folder and as a folder', async () => {
    const ofZip = await crawl(await zipped(completeExport, 'Basic_LinkedInDataExport_05-01-2024/'));
    const ofFolder = await crawl(await unpacked(completeExport));
    assert.deepEqual(textsByKey(ofZip), textsByKey(ofFolder));
    assert.equal(ofZip.drafts.length, 8);
    assert.deepEqual(ofZip.of('rejected'), []);
  });

  test('has posts with their line breaks, dates in UTC and the keys that the crawler knows them by', async () => {
    const { drafts } = await crawl(await unpacked(completeExport));
    const post = drafts.find(({ naturalKey }) => naturalKey === 'urn:li:share:7191403520000000001');
    assert.ok(post?.kind === 'post');
    assert.equal(post.content.text, 'Engines weave.\n\nThey "think" in patterns.');
    assert.equal(post.publishedAt, '2024-05-01T12:34:56.000Z');
    assert.equal(post.link, 'https://www.linkedin.com/feed/update/urn:li:share:7191403520000000001/');
    assert.equal(post.platform, 'linkedin');
  });

  test('dates a post without a date by its id', async () => {
    const { drafts } = await crawl(await unpacked(completeExport));
    const post = drafts.find(({ naturalKey }) => naturalKey === 'urn:li:activity:7304412404039811149');
    assert.equal(post?.publishedAt, '2025-03-09T08:07:06.000Z');
  });

  test('passes over shares without words and shares that come twice', async () => {
    const { skipped, drafts } = await crawl(await unpacked(completeExport));
    assert.equal(skipped['empty']?.length, 1);
    assert.equal(skipped['duplicate']?.length, 1);
    assert.ok(!drafts.some(({ content }) => 'text' in content && content.text.includes('twice')));
  });

  test('has comments as posts, with quotes and line breaks as they were written', async () => {
    const { drafts } = await crawl(await unpacked(completeExport));
    const comments = drafts.filter(({ naturalKey }) => /comment/.test(naturalKey));
    assert.deepEqual(
      comments.map(({ content, publishedAt }) => ['text' in content && content.text, publishedAt]),
      [
        ['He said "it works",\nand it did', '2024-06-01T09:10:11.000Z'],
        ['Second thought on the same post', '2024-06-01T09:10:12.000Z'],
        ['Named comment', '2024-06-02T10:00:00.000Z'],
      ],
    );
    assert.equal(comments[2]?.naturalKey, 'urn:li:comment:(activity:7200000000000000001,7201000000000000001)');
    assert.equal(comments[0]?.link, 'https://www.linkedin.com/feed/update/urn:li:activity:7200000000000000001/');
  });

  test('has articles under the key of their public page, with code put back where it belongs, and leaves drafts', async () => {
    const { drafts, skipped } = await crawl(await unpacked(completeExport));
    const article = drafts.find(({ naturalKey }) => naturalKey === 'pulse/engines-ada-lovelace-x1y2z');
    assert.ok(article?.kind === 'article');
    assert.equal(article.title, 'On Engines');
    assert.equal(article.publishedAt, '2023-04-05T06:07:00.000Z');
    assert.equal(article.link, 'https://www.linkedin.com/pulse/engines-ada-lovelace-x1y2z');
    assert.equal(
      article.content.markdown,
      'The engine has no pretensions whatever to originate anything.\n\n' +
        '```\nlet n = 3;\nwhile (n > 0) {\n  n -= 1;\n}\n```\n\n' +
        'It can do whatever we know how to order it to perform.',
    );
    assert.equal(skipped['draft']?.length, 1);
  });

  test('has one article of the profile, of which nothing private is read', async () => {
    const report = await crawl(await unpacked(completeExport));
    const profile = report.drafts.find(({ title }) => title === 'Profile');
    assert.ok(profile?.kind === 'article');
    assert.equal(
      profile.content.markdown,
      [
        'Analyst of engines',
        'I write notes.',
        'Some are programs.',
        '## Positions',
        '### Programmer, Analytical Engine',
        'Jun 1842 – Sep 1843, London',
        'Wrote Note G.  \n\\# not a heading',
        '### Countess, Independent',
        '1838 –',
        '## Education',
        '### Tutored by De Morgan, Mathematics',
        '1840 – 1842',
        'Letters',
      ].join('\n\n'),
    );
    for (const { payload, content } of report.drafts) {
      assert.doesNotMatch(Buffer.from(payload.bytes).toString(), /SECRET/);
      assert.doesNotMatch(JSON.stringify(content), /SECRET/);
    }
  });

  test('is read as far as it goes when files are missing, carry the member number or begin with notes', async () => {
    const { drafts } = await crawl(
      await unpacked({
        'Shares_12345678.csv': `Notes:\n"These are your shares"\n\n${sharesHeader}\n2024-05-01 00:00:00,${shareLink('urn:li:share:7191403520000000001')},One,,,PUBLIC\n`,
      }),
    );
    assert.deepEqual(
      drafts.map(({ naturalKey }) => naturalKey),
      ['urn:li:share:7191403520000000001'],
    );
  });

  test('tells which columns a file lacks and has, and reads the others', async () => {
    const report = await crawl(
      await unpacked({
        ...completeExport,
        'Shares.csv': 'When,Where,What\n1,2,3\n',
        'Positions.csv': 'Firm\nEngine\n',
      }),
    );
    assert.deepEqual(
      report.of('rejected').map(({ reason, message: told }) => [reason, told]),
      [
        ['wrong_columns', 'Shares.csv has no column Date, ShareLink, ShareCommentary; found are When, Where, What'],
        ['wrong_columns', 'Positions.csv has no column Company Name, Title; found are Firm'],
      ],
    );
    assert.equal(report.drafts.filter(({ kind }) => kind === 'post').length, 3);
    assert.equal(report.drafts.filter(({ kind }) => kind === 'article').length, 2);
  });

  test('says what is missing when it holds nothing that is read', async () => {
    const link = await unpacked({ 'Connections.csv': 'First Name\nAda\n', 'messages.csv': 'FROM\nAda\n' });
    await assert.rejects(crawl(link), { reason: 'nothing_found', message: /Get a copy of your data/ });
  });

  test('opens nothing but what it reads', async () => {
    const opened: string[] = [];
    const entries = Object.entries(completeExport).map(([path, content]) => ({
      path,
      size: content.length,
      open: async () => {
        opened.push(path);
        return Readable.from([Buffer.from(content)]);
      },
    }));
    const archive: Archive = {
      entries,
      entry: (path) => entries.find((entry) => entry.path === path),
      [Symbol.asyncDispose]: async () => {},
    };
    const context = new MemoryCrawl().context('Ada', new AbortController().signal);
    await Array.fromAsync(readExport(archive, { authorId: 'Ada', context, link: 'file:///export' }));
    assert.deepEqual(opened.toSorted(), [
      'Articles/Articles/on-engines-ada-lovelace.html',
      'Articles/Articles/unfinished.html',
      'Comments.csv',
      'Education.csv',
      'Positions.csv',
      'Profile.csv',
      'Shares.csv',
    ]);
  });

  test('ends at the first file that unpacks to far more than it is', async () => {
    for (const name of ['Shares.csv', 'Articles/Articles/on-engines-ada-lovelace.html', 'Profile.csv']) {
      const files = { ...completeExport, [name]: '0'.repeat(4_000_000) };
      await assert.rejects(
        zipped(files).then((link) => crawl(link)),
        { reason: 'archive_too_large' },
        name,
      );
    }
  });

  test('that is gone is said to be', async () => {
    await assert.rejects(crawl(pathToFileURL(join(folder, 'never.zip'))), { reason: 'not_found' });
  });
});

describe('the repairs of an export', () => {
  // White space at the ends of lines and runs of empty lines are not kept from any source.
  const line = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((text) => text.replace(/[\s\0]/g, 'x'));
  const text = fc.array(line, { minLength: 1, maxLength: 6 }).map((lines) => lines.join('\n'));

  test('give back every commentary, whatever quotes, commas and line breaks are in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (texts) => {
        const rows = texts.map(
          (one, index) =>
            `2024-05-01 12:00:00,${shareLink(`urn:li:share:${7_000_000 + index}`)},${commentary(one)},,,PUBLIC`,
        );
        const { drafts } = await crawl(await unpacked({ 'Shares.csv': [sharesHeader, ...rows, ''].join('\n') }));
        assert.deepEqual(
          drafts.map(({ content }) => 'text' in content && content.text),
          texts,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('give back every comment, whatever quotes and line breaks are in it', async () => {
    const written = text.map((one) => one.replaceAll('\\', '/'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(written, { minLength: 1, maxLength: 5 }), async (texts) => {
        const rows = texts.map(
          (one, index) => `2024-05-01 12:00:0${index},${shareLink('urn:li:activity:7')},${message(one)}`,
        );
        const { drafts } = await crawl(
          await unpacked({ 'Comments.csv': ['Date,Link,Message', ...rows, ''].join('\n') }),
        );
        assert.deepEqual(
          drafts.map(({ content }) => 'text' in content && content.text),
          texts,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('touch nothing but quote, new line, quote', () => {
    assert.equal(withLineBreaks('a"\n"b"\n""\n"c'), 'a\nb\n\nc');
    assert.equal(withLineBreaks('"quoted"\nnext "word"'), '"quoted"\nnext "word"');
    fc.assert(
      fc.property(fc.string(), (any) => {
        assert.equal(withLineBreaks(any.replaceAll('"', "'")), any.replaceAll('"', "'"));
      }),
    );
  });
});
