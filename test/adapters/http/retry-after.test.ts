import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryAfterMs } from '../../../runtime/adapters/http/retry-after.ts';

const now = Date.UTC(1994, 10, 6, 8, 49, 7);

test('Retry-After is read as seconds', () => {
  assert.equal(retryAfterMs('0', now), 0);
  assert.equal(retryAfterMs(' 120 ', now), 120_000);
});

test('Retry-After is read as each of the three forms of an HTTP date, all in GMT', () => {
  for (const date of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
    assert.equal(retryAfterMs(date, now), 30_000, date);
  }
});

test('a time that has passed is now, and one too far away is a day', () => {
  assert.equal(retryAfterMs('Sun, 06 Nov 1994 08:49:00 GMT', now), 0);
  assert.equal(retryAfterMs('Sun, 06 Nov 2094 08:49:00 GMT', now), 86_400_000);
  assert.equal(retryAfterMs('99999999999999999999', now), 86_400_000);
});

test('anything else is no time', () => {
  for (const header of [undefined, '', 'soon', '-5', '1.5', '5 minutes', 'Sun', '1994-11-06', 'Sun, 99 Foo 1994']) {
    assert.equal(retryAfterMs(header, now), undefined, header);
  }
  fc.assert(
    fc.property(fc.string(), (header) => {
      const delay = retryAfterMs(header, now);
      assert(delay === undefined || (delay >= 0 && delay <= 86_400_000));
    }),
  );
});
