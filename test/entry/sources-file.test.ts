import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Misconfigured } from '../../runtime/domain/errors.ts';
import { readSourcesFile, type SourcesFile } from '../../runtime/entry/sources-file.ts';
import { TemporaryFolder } from './twin.ts';

const day = 86_400_000;

async function read(text: string): Promise<SourcesFile> {
  await using folder = await TemporaryFolder.create();
  const path = join(folder.path, 'sources.yaml');
  await writeFile(path, text);
  const { folder: found, ...file } = readSourcesFile(path);
  assert.equal(found, folder.path);
  return { ...file, folder: '' };
}

/** The lines of the message, without the path of the file. */
async function problemsOf(text: string): Promise<string[]> {
  try {
    await read(text);
  } catch (error) {
    assert.ok(error instanceof Misconfigured);
    return error.message.split('\n').map((line) => line.replace(/^.*sources\.yaml, /, ''));
  }
  assert.fail('it was accepted');
}

describe('A list of sources', () => {
  test('names an author, handles and sources, each with its interval', async () => {
    const text = [
      'author: Ada Lovelace',
      'every: 2w',
      'handles: { medium: "@ada", substack: Ada, github: ada, linkedin: ada-lovelace }',
      'sources:',
      '  - https://ada.example',
      '  - { link: https://news.example, every: 30m }',
      '  - { link: ./export.zip, every: never }',
    ].join('\n');
    assert.deepEqual(await read(text), {
      author: 'Ada Lovelace',
      folder: '',
      sources: [
        { text: 'https://medium.com/@ada', everyMs: 14 * day },
        { text: 'https://ada.substack.com/', everyMs: 14 * day },
        { text: 'https://github.com/ada', everyMs: 14 * day },
        { text: 'https://www.linkedin.com/in/ada-lovelace/', everyMs: 14 * day },
        { text: 'https://ada.example', everyMs: 14 * day },
        { text: 'https://news.example', everyMs: 30 * 60_000 },
        { text: './export.zip', everyMs: null },
      ],
    });
  });

  test('is crawled again daily unless it says otherwise', async () => {
    assert.deepEqual(await read('sources: [https://ada.example]'), {
      author: undefined,
      folder: '',
      sources: [{ text: 'https://ada.example', everyMs: day }],
    });
    assert.deepEqual((await read('')).sources, []);
  });

  test('of the examples can be read', () => {
    const { author, sources } = readSourcesFile(join(import.meta.dirname, '../../examples/sources.yaml'));
    assert.equal(author, 'Ada Lovelace');
    assert.equal(sources.length, 7);
  });

  test('with mistakes is refused, and each is named with its line and what is accepted', async () => {
    const text = [
      'author: Ada',
      'every: 6 hours',
      'handels: { medium: ada }',
      'handles:',
      '  github: a b',
      'sources:',
      '  - https://ada.example',
      '  - link: https://news.example',
      '    evry: 1d',
      '  - 42',
    ].join('\n');
    assert.deepEqual(await problemsOf(text), [
      'line 2: "every" takes "30m", "6h", "1d", "2w" or such, or "never"',
      'line 3: "handels" is no setting here; it takes "author", "handles", "every" and "sources"',
      'line 5: "handles.github" takes the name of a user or an organisation',
      'line 9: "evry" is no setting here; it takes a link, or "link:" and "every:"',
      'line 10: "sources.2" takes a link, or "link:" and "every:"',
    ]);
    assert.deepEqual(await problemsOf('- https://ada.example'), [
      'line 1: the file takes "author", "handles", "every" and "sources"',
    ]);
  });

  test('that is no YAML is refused with the line', async () => {
    const [problem = ''] = await problemsOf('author: Ada\nsources: [\n');
    assert.match(problem, /^line [23]: .*\]/);
  });

  test('may not blow up by its aliases', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`,
    );
    assert.match((await problemsOf(['a0: &a0 x', ...levels].join('\n'))).join(), /alias/i);
  });

  test('that is not there is named', () => {
    assert.throws(() => readSourcesFile('/nowhere/sources.yaml'), /\/nowhere\/sources\.yaml cannot be read/);
  });

  test('of any text is read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
        await read(text).catch((error: unknown) => assert.ok(error instanceof Misconfigured, String(error)));
      }),
      { numRuns: 50 },
    );
  });
});
