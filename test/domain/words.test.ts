import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { WordCache } from '../../runtime/domain/word-cache.ts';
import { WordScanner } from '../../runtime/domain/words.ts';

const scanner = new WordScanner();

function cacheOf(capacity: number): WordCache<{ readonly word: string }> {
  return new WordCache(capacity, () => (word) => ({ word }));
}

function words(text: string): string[] {
  return scanner.words(text, cacheOf(10)).map(({ word }) => word);
}

describe('Words', () => {
  it('are runs of letters, marks, digits and underscores, as they are written', () => {
    assert.deepEqual(words('The naïve user_name, v2: “हिन्दी”—été!'), [
      'The',
      'naïve',
      'user_name',
      'v2',
      'हिन्दी',
      'été',
    ]);
    assert.deepEqual(words(' …!\n'), []);
  });

  it('are pairs of characters where a script has no spaces', () => {
    assert.deepEqual(words('搜索引擎 no 漢'), ['搜索', '索引', '引擎', 'no', '漢']);
    assert.deepEqual(words('𠮷野家a'), ['𠮷野', '野家', 'a']);
  });

  it('may have letters beyond the first plane, but neither emoji nor halves of them', () => {
    assert.deepEqual(words('a𐐀b 👩‍🚀x \ud83dy\udc00'), ['a𐐀b', 'x', 'y']);
  });

  it('are those of the pattern in any text', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'B', 'é', '𐐀', '_', '7', ' ', '-', '👍', '\ud800') });
    fc.assert(fc.property(letters, (text) => assert.deepEqual(words(text), text.match(/[\p{L}\p{N}_]+/gu) ?? [])));
  });

  it('can be of any length and number', () => {
    const long = 'x'.repeat(100_000);
    assert.deepEqual(words(`${long} ${long}y`), [long, `${long}y`]);
    const many = Array.from({ length: 20_000 }, (_, index) => `w${index}`);
    assert.deepEqual(words(many.join(' ')), many);
  });
});

describe('What is remembered of a word', () => {
  it('is the same within a text, however many words that has, and from text to text', () => {
    const cache = cacheOf(2);
    const [first, , , , again] = scanner.words('one two three four one', cache);
    assert.equal(first, again);
    const larger = cacheOf(10);
    assert.equal(scanner.words('one', larger)[0], scanner.words('two one', larger)[1]);
  });

  it('is forgotten between texts once there are as many as may be, or very long ones', () => {
    const cache = cacheOf(2);
    const [first] = scanner.words('one two three', cache);
    assert.notEqual(scanner.words('one', cache)[0], first);
    const [long] = scanner.words('x'.repeat(1000), cache);
    assert.notEqual(scanner.words('x'.repeat(1000), cache)[0], long);
  });

  it('is told apart for words of one length and for beginnings of each other', () => {
    const cache = cacheOf(100_000);
    const text = Array.from({ length: 26 ** 3 }, (_, index) => index.toString(26).padStart(3, '0')).join(' ');
    for (let time = 0; time < 2; time++) {
      const found = scanner.words(`${text} 00 0 0000`, cache).map(({ word }) => word);
      assert.equal(found.join(' '), `${text} 00 0 0000`);
    }
  });
});
