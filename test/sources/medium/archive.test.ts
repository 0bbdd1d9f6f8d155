import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { RejectedInput } from '../../../runtime/domain/errors.ts';
import { contentHashOf } from '../../../runtime/odm/content-hash.ts';
import { readPage } from '../../../runtime/sources/medium/extract.ts';
import { MediumSource } from '../../../runtime/sources/medium/source.ts';
import { forgedZip, zipOf } from '../../crawling/zip.ts';
import { TemporaryFolder } from '../../entry/twin.ts';
import { MemoryCrawl } from '../crawl-context.ts';
import { MediumSite } from './medium-site.ts';
import { apolloPage, exportedStory, markedPage, pathOf, storyId, storyMarkdown } from './story-forms.ts';

/** An archive is read without asking anybody anything. */
const offline = {
  fetch: async (url: string): Promise<never> => assert.fail(`asked for ${url}`),
};
const source = new MediumSource({ fetcher: offline, read: readPage });

const story = `posts/2021-05-06_Keeping-a-boat-dry-${storyId}.html`;
const responseBody = '<section><p name="c001" class="graf graf--p">The hatch it was. A new seal helped.</p></section>';
const codeBody = `<section><h3 class="graf graf--h3 graf--title">Pumps</h3><p class="graf graf--p">This runs every night.</p>
  <pre class="graf graf--pre">while True:<br>    pump()<br><br>    sleep(60)</pre></section>`;

const files: Readonly<Record<string, string>> = {
  [story]: exportedStory(),
  'posts/2020-01-02_The-hatch-b00000000001.html': exportedStory({
    body: responseBody,
    title: 'The hatch it was.',
    canonical: '',
  }),
  'posts/2020-01-03_Pumps-b00000000002.html': exportedStory({
    body: codeBody,
    title: 'Pumps',
    canonical: '',
    published: '',
  }),
  'posts/draft_Not-yet-b00000000003.html': exportedStory({ title: 'Not yet' }),
  'profile/profile.html': '<html><body>ada@example.org</body></html>',
  'ips/ips-0001.html': '<html><body>192.0.2.1</body></html>',
  'sessions/2021-05-06_session-b00000000004.html': exportedStory({ title: 'Private' }),
};

async function zipped(folder: TemporaryFolder, content: Readonly<Record<string, string>> = files): Promise<URL> {
  const path = join(folder.path, 'medium-export.zip');
  await zipOf(path, content);
  return pathToFileURL(path);
}

async function unpacked(folder: TemporaryFolder, content: Readonly<Record<string, string>> = files): Promise<URL> {
  for (const [name, text] of Object.entries(content)) {
    const path = join(folder.path, 'export', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return pathToFileURL(join(folder.path, 'export'));
}

suite('The official export', () => {
  for (const [form, make] of [
    ['a zip file', zipped],
    ['a folder', unpacked],
  ] as const) {
    test(`is taken in from ${form}: stories and responses, no drafts, nothing private`, async () => {
      await using folder = await TemporaryFolder.create();
      const link = await make(folder);
      assert.equal(await source.taskFor(link), 'fetch');
      const report = await new MemoryCrawl().crawl(source, link.href);
      assert.deepEqual(
        report.drafts.map(({ kind, naturalKey, title, publishedAt }) => [kind, naturalKey, title, publishedAt]),
        [
          ['post', 'b00000000001', undefined, '2021-05-06T07:08:09.000Z'],
          ['article', 'b00000000002', 'Pumps', '2020-01-03T00:00:00.000Z'],
          ['article', storyId, 'Keeping a boat dry', '2021-05-06T07:08:09.000Z'],
        ],
      );
      assert.deepEqual(report.skipped, { draft: [`${link.href}#posts/draft_Not-yet-b00000000003.html`] });
      assert.deepEqual(report.of('rejected'), []);
    });
  }

  test('keeps code as it was written, and knows a story without a canonical link by its id', async () => {
    await using folder = await TemporaryFolder.create();
    const report = await new MemoryCrawl().crawl(source, (await zipped(folder)).href);
    const pumps = report.drafts.find(({ naturalKey }) => naturalKey === 'b00000000002');
    assert.ok(pumps?.kind === 'article');
    assert.equal(
      pumps.content.markdown,
      'This runs every night.\n\n```\nwhile True:\n    pump()\n\n    sleep(60)\n```',
    );
    assert.equal(pumps.link, 'https://medium.com/p/b00000000002');
  });

  test('and the crawl of the same story are one document, and nothing has changed', async () => {
    await using folder = await TemporaryFolder.create();
    await using site = await MediumSite.start(0);
    const origin = site.server.origin;
    const html = exportedStory({ canonical: `${origin}${pathOf()}` });
    const [exported] = (await site.crawl.crawl(site.source, (await zipped(folder, { [story]: html })).href)).drafts;
    for (const page of [apolloPage({ origin }), markedPage.replaceAll('https://medium.com/@ada', `${origin}/@ada`)]) {
      site.route(pathOf(), { body: page });
      const [crawled] = (await site.crawl.crawl(site.source, site.server.url(pathOf()))).drafts;
      assert.ok(exported && crawled);
      assert.equal(crawled.naturalKey, exported.naturalKey);
      assert.equal(contentHashOf(crawled), contentHashOf(exported));
    }
    assert.ok(exported?.kind === 'article' && exported.content.markdown === storyMarkdown);
  });

  test('goes on after a file that is no story', async () => {
    await using folder = await TemporaryFolder.create();
    const broken = {
      ...files,
      'posts/2019-01-01_Broken-b00000000009.html': '<html><p>cut',
      'posts/2019-01-01_Empty-b00000000008.html': exportedStory({ body: ' ' }),
    };
    const report = await new MemoryCrawl().crawl(source, (await zipped(folder, broken)).href);
    assert.equal(report.drafts.length, 3);
    assert.deepEqual(
      report.of('rejected').map(({ reason }) => reason),
      ['not_an_article', 'empty_page'],
    );
  });

  test('goes on after a damaged story, and ends at the first that unpacks to far more than it is', async () => {
    await using folder = await TemporaryFolder.create();
    const path = join(folder.path, 'export.zip');
    const damaged = 'posts/2019-01-01_Damaged-b00000000009.html';
    const whole = { name: 'posts/2020-01-02_The-hatch-b00000000001.html', text: exportedStory({ body: responseBody }) };
    await writeFile(path, forgedZip([{ name: damaged, text: 'cut', size: 4 }, whole]));
    const report = await new MemoryCrawl().crawl(source, pathToFileURL(path).href);
    assert.deepEqual(
      [report.drafts.length, report.of('rejected').map(({ reason }) => reason)],
      [1, ['corrupt_archive']],
    );
    const bombs = [8, 9].map((id) => [`posts/2021-01-01_Bomb-b0000000000${id}.html`, '0'.repeat(4_000_000)] as const);
    const bomb = await zipped(folder, Object.fromEntries(bombs));
    await assert.rejects(new MemoryCrawl().crawl(source, bomb.href), { reason: 'archive_too_large' });
  });

  test('is not seen in what has only some such names, and is refused when its names lead out of it', async () => {
    await using folder = await TemporaryFolder.create();
    const own = {
      'readme.txt': 'x',
      'notes/2021-05-06_x-b00000000001.html': 'x',
      '2021-05-06_x-b00000000002.html': 'x',
    };
    assert.equal(await source.taskFor(await unpacked(folder, own)), undefined);
    const path = join(folder.path, 'evil.zip');
    await writeFile(path, forgedZip([{ name: `../posts/2021-05-06_x-${storyId}.html`, text: 'x' }]));
    await assert.rejects(source.taskFor(pathToFileURL(path)), RejectedInput);
    assert.equal(await source.taskFor(pathToFileURL(join(folder.path, 'nowhere.zip'))), undefined);
  });
});
