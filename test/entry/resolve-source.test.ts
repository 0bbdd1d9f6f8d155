import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { RejectedInput } from '../../runtime/domain/errors.ts';
import { resolveSource } from '../../runtime/entry/resolve-source.ts';
import type { Source } from '../../runtime/ports/source.ts';
import { TemporaryFolder } from './twin.ts';

/** A source that claims links by their scheme. */
function claiming(platform: 'file' | 'web' | 'medium', ...schemes: readonly string[]): Source {
  return {
    platform,
    taskFor: async ({ protocol }) => (schemes.includes(protocol) ? 'fetch' : undefined),
    async *crawl() {
      yield* [];
    },
  };
}

const sources = [claiming('file', 'file:'), claiming('web', 'http:', 'https:')];

/** @returns platform and link */
async function resolved(text: string, startFolder = '/'): Promise<string> {
  const { url, platform } = await resolveSource(text, startFolder, sources);
  return `${platform} ${url}`;
}

function isRejected(reason: string, message = /./) {
  return (error: unknown): boolean =>
    error instanceof RejectedInput && error.reason === reason && message.test(error.message);
}

const fileOf = (path: string): string => `file ${pathToFileURL(path).href}`;

describe('What a person means by a source', () => {
  test('is a file or folder: absolute, relative to where they stand, or as a link', async () => {
    await using folder = await TemporaryFolder.create();
    const note = join(folder.path, 'my writing', 'a note #1 100%.md');
    await mkdir(join(folder.path, 'my writing'));
    await writeFile(note, '# A note\n');
    assert.equal(await resolved(note), fileOf(note));
    assert.equal(await resolved('my writing', folder.path), fileOf(join(folder.path, 'my writing')));
    assert.equal(await resolved('./a note #1 100%.md', join(folder.path, 'my writing')), fileOf(note));
    assert.equal(
      await resolved('../my writing/', join(folder.path, 'my writing')),
      fileOf(join(folder.path, 'my writing')),
    );
    assert.equal(await resolved('.', folder.path), fileOf(folder.path));
    assert.equal(await resolved(pathToFileURL(note).href), fileOf(note));
  });

  test('is the folder that a symbolic link leads to, so that it is the same by either name', async () => {
    await using folder = await TemporaryFolder.create();
    await mkdir(join(folder.path, 'writing'));
    await symlink('writing', join(folder.path, 'shortcut'));
    const writing = fileOf(join(folder.path, 'writing'));
    assert.equal(await resolved('shortcut', folder.path), writing);
    assert.equal(await resolved(pathToFileURL(join(folder.path, 'shortcut')).href), writing);
  });

  test('is a file that is there, even where its name looks like a link', async () => {
    await using folder = await TemporaryFolder.create();
    for (const name of ['note:draft.md', 'ada.example']) {
      await writeFile(join(folder.path, name), 'text');
      assert.equal(await resolved(name, folder.path), fileOf(join(folder.path, name)));
    }
  });

  test('is a page of the web, in the form that links have', async () => {
    assert.equal(await resolved('https://ada.example/a?b=c'), 'web https://ada.example/a?b=c');
    assert.equal(await resolved('HTTP://ADA.example'), 'web http://ada.example/');
  });

  test('goes to the first source that claims it', async () => {
    const medium = claiming('medium', 'https:');
    const { platform } = await resolveSource('https://ada.example/', '/', [medium, ...sources]);
    assert.equal(platform, 'medium');
    await assert.rejects(
      resolveSource('https://ada.example/', '/', [claiming('file', 'file:')]),
      isRejected('unsupported_link', /https:\/\/ada\.example\//),
    );
  });

  test('is named when it is not there, with a hint when it may be meant as a web page', async () => {
    await using folder = await TemporaryFolder.create();
    await assert.rejects(
      resolved('ada.example/posts', folder.path),
      isRejected('not_found', /no file or folder ada\.example\/posts; .* write https:\/\/ada\.example\/posts$/),
    );
    for (const missing of ['missing', './missing.md', join(folder.path, 'missing.md')]) {
      await assert.rejects(resolved(missing, folder.path), (error) => {
        assert.ok(isRejected('not_found')(error));
        return error instanceof Error && error.message === `there is no file or folder ${missing}`;
      });
    }
    await assert.rejects(resolved(pathToFileURL(join(folder.path, 'missing')).href), isRejected('not_found'));
  });

  test('has a scheme that can be crawled', async () => {
    for (const [link, scheme] of [
      ['ftp://ada.example/file', 'ftp'],
      ['mailto:ada@ada.example', 'mailto'],
      ['javascript:alert(1)', 'javascript'],
      ['localhost:3000/post', 'localhost'],
    ] as const) {
      await assert.rejects(resolved(link), isRejected('unsupported_scheme', new RegExp(`scheme "${scheme}"`)));
    }
  });

  test('is a well-formed link', async () => {
    for (const link of ['https://', 'https://ada example/', 'http://ada.example:99999/']) {
      await assert.rejects(resolved(link), isRejected('malformed_link'));
    }
  });

  test('is a file link of this machine', async () => {
    for (const link of ['file://other-host/etc/hosts', 'file:///etc%2Fhosts', 'file:///100%', 'file:///%ZZ']) {
      await assert.rejects(resolved(link), isRejected('malformed_link', /names no file of this machine/));
    }
  });

  test('is never anything that only a programmer could read an error about', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.string().map((rest) => `file://${rest}`),
      fc.string().map((rest) => `https://${rest}`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        await resolved(given, '/nonexistent').catch((error: unknown) => {
          if (!(error instanceof RejectedInput)) throw error;
        });
      }),
    );
  });
});
