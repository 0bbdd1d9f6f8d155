import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, contentHashOf } from '../../runtime/odm/content-hash.ts';
import { codeDraftOf, draftOf } from './draft.ts';

describe('A content hash', () => {
  test('is the same whatever the order of the keys, and whether a key is absent or undefined', () => {
    const draft = draftOf('https://example.org/a', 'text');
    assert.equal(contentHashOf({ ...draft, publishedAt: undefined }), contentHashOf(draft));
    assert.match(contentHashOf(draft), /^[0-9a-f]{64}$/);
    const [text, commit] = ['let a;', 'c1'];
    const inOrder = { repository: 'ada/engine', path: 'a.ts', language: 'typescript', text, commit };
    const inAnother = { text, language: 'typescript', commit, path: 'a.ts', repository: 'ada/engine' };
    const code = codeDraftOf('a.ts', text, commit);
    assert.equal(contentHashOf({ ...code, content: inAnother }), contentHashOf({ ...code, content: inOrder }));
  });

  test('differs with everything that a reader can see, and with nothing else', () => {
    const draft = draftOf('https://example.org/a', 'text');
    const hash = contentHashOf(draft);
    const seen = [
      draftOf('https://example.org/a', 'text '),
      { ...draft, title: 'Other' },
      { ...draft, link: 'https://example.org/b' },
      { ...draft, publishedAt: '2026-01-01T00:00:00.000Z' },
      { ...draft, authorId: '00000000-0000-4000-8000-000000000000' },
      codeDraftOf('a.ts', 'text', 'c1'),
    ];
    assert.equal(new Set([hash, ...seen.map(contentHashOf)]).size, seen.length + 1);
    const unseen = { ...draft, payload: { mediaType: 'text/plain', bytes: new Uint8Array() }, naturalKey: 'other' };
    assert.equal(contentHashOf(unseen), hash);
    assert.equal(contentHashOf(codeDraftOf('a.ts', 'x', 'c1')), contentHashOf(codeDraftOf('a.ts', 'x', 'c2')));
  });

  test('stays what it is between versions, or every document would count as changed', () => {
    assert.equal(
      contentHashOf(draftOf('https://example.org/a', 'text')),
      '4a2b4ceacbf6851bea5841f4089ba3591c03c767c3078c1445e6b869bb62b932',
    );
  });

  test('is over JSON that means the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
