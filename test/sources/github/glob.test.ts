import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { AttributeFiles } from '../../../runtime/sources/github/attributes.ts';
import { compileGlob } from '../../../runtime/sources/github/glob.ts';
import { GitRepository, temporaryFolder } from './git-repository.ts';

const folder = temporaryFolder();
after(() => rmSync(folder, { recursive: true, force: true }));

const patternParts = fc.constantFrom(
  'a',
  'b',
  '*',
  '**',
  '?',
  '/',
  '/',
  '.',
  '[ab]',
  '[!a]',
  '[a-c]',
  '\\*',
  '**/',
  'ab',
);
const pattern = fc.array(patternParts, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
const pathPart = fc.constantFrom('a', 'b', 'ab', 'c', 'a.b', '.a', '*');
const path = fc.array(pathPart, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

test('patterns match what git says they match', () => {
  const repository = GitRepository.create(folder);
  // Behind a literal start git takes `**` for a folder pattern (it cuts the start off first); its manual does not.
  const documented = (text: string): boolean => !/[^/*]\*\*/.test(text);
  const patterns = fc.sample(pattern, { numRuns: 400, seed: 7 }).filter(documented);
  const paths = [...new Set(fc.sample(path, { numRuns: 150, seed: 7 }))];
  // One attribute for each pattern, so that one question answers all.
  const lines = patterns.map((text, index) => `${text} attribute-${index}`);
  repository.write({ '.gitattributes': `${lines.join('\n')}\n` });
  const answer = repository.gitWithInput(`${paths.join('\0')}\0`, 'check-attr', '-z', '--stdin', '--all');
  const fields = answer.split('\0');
  const matched = new Set<string>();
  for (let index = 0; index + 2 < fields.length; index += 3) {
    matched.add(`${fields[index]} ${fields[index + 1]}`);
  }
  assert.ok(matched.size > 500, 'the samples meet often enough to tell anything');
  for (const [index, text] of patterns.entries()) {
    const glob = compileGlob(text);
    for (const candidate of paths) {
      assert.equal(
        glob?.(candidate) ?? false,
        matched.has(`${candidate} attribute-${index}`),
        `${text} on ${candidate}`,
      );
    }
  }
});

test('a hostile pattern ends', () => {
  const glob = compileGlob(`${'*a'.repeat(100)}b`);
  assert.equal(glob?.('a'.repeat(2000)), false);
});

test('deeper files and later lines win, and a dash takes back', () => {
  const files = new AttributeFiles();
  files.add(
    '',
    '*.c linguist-vendored\nown.c -linguist-vendored\nunsaid.c !linguist-vendored\n"with space.c" linguist-generated',
  );
  files.add('lib', '*.c linguist-vendored=false linguist-language=C++\n[attr]macro linguist-vendored\n');
  files.add('lib/deep', '/a.c linguist-generated=true\n# *.c linguist-vendored\n');
  assert.deepEqual(files.of('a.c'), { vendored: true });
  assert.deepEqual(files.of('x/y/own.c'), { vendored: false });
  assert.equal(files.of('unsaid.c').vendored, undefined);
  assert.deepEqual(files.of('with space.c'), { vendored: true, generated: true });
  assert.deepEqual(files.of('lib/b.c'), { vendored: false, language: 'C++' });
  assert.deepEqual(files.of('lib/deep/a.c'), { vendored: false, language: 'C++', generated: true });
  assert.deepEqual(files.of('library/a.py'), {});
});
