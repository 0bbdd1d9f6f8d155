import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { authorId, chunkId, crawlStateId, documentId, sha256 } from '../../runtime/domain/identity.ts';

describe('The id', () => {
  test('of what is stored already stays as it is: another one would orphan it', () => {
    assert.equal(documentId('web', 'https://example.org/a'), '636c4f04-f0ad-53f4-a326-acc2054da400');
    assert.equal(documentId('github', 'ada/engine/src/main.ts'), '14fb8feb-17d4-50f2-86a2-60fadbeee7a0');
    assert.equal(authorId('Ada Lovelace'), 'eb9af628-3809-5be7-b544-164c7b484849');
    assert.equal(crawlStateId('https://example.org/a'), '9979129d-f23d-50b0-a7c4-8e6f5f7e247e');
    assert.equal(chunkId('6f0b1c1e-5d0b-5c58-9f6c-0f4f1f6d7a11', 'ab', 0), 'ab19afb2-cabe-5ed4-b7b1-cd09a350452b');
  });

  test('of a document depends on the platform and the natural key, and of a chunk on all three parts', () => {
    assert.notEqual(documentId('web', 'a'), documentId('file', 'a'));
    assert.notEqual(documentId('web', 'a'), documentId('web', 'A'));
    const ids = [chunkId('a', 'b', 0), chunkId('a', 'b', 1), chunkId('a', 'c', 0), chunkId('c', 'b', 0)];
    assert.equal(new Set(ids).size, 4);
  });

  test('of one thing is never that of another kind of thing', () => {
    const key = 'https://example.org/a';
    assert.equal(new Set([documentId('web', key), authorId(key), crawlStateId(key)]).size, 3);
  });

  test('of an author is the same by any spelling of the name', () => {
    const spellings = [
      'José Núñez',
      'jOSÉ NÚÑEZ',
      '  José\tNúñez\n',
      'José \u00a0 Núñez',
      'José Núñez'.normalize('NFD'),
      'Ｊｏｓé Núñez',
    ];
    assert.deepEqual(new Set(spellings.map(authorId)), new Set([authorId('José Núñez')]));
  });

  test('of an author differs for another name', () => {
    const names = ['José Núñez', 'Jose Nunez', 'JoséNúñez', 'José', 'José Núñez 2'];
    assert.equal(new Set(names.map(authorId)).size, names.length);
  });

  test('of an author does not depend on white space around and between words, whatever they are', () => {
    const space = fc.stringMatching(/^[ \t\n\r\u00a0\u2003\u3000]{1,5}$/);
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^\S{1,8}$/u), { minLength: 1, maxLength: 4 }),
        space,
        (words, between) => {
          const spaced = `${between}${words.join(between)}${between}`;
          assert.equal(authorId(spaced), authorId(words.join(' ')));
        },
      ),
    );
  });
});

test('SHA-256 is written in lower-case hex, and a text counts as its UTF-8', () => {
  assert.equal(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(sha256('é'), sha256(new Uint8Array([0xc3, 0xa9])));
});
