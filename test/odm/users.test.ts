import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RejectedInput } from '../../runtime/domain/errors.ts';
import { Users } from '../../runtime/odm/users.ts';
import { day } from './draft.ts';
import { newStore } from './new-store.ts';

describe('A user', () => {
  test('is made when first named, and is the same by any spelling of the name', async () => {
    await using place = await newStore();
    const users = new Users(place.store);
    assert.equal(await users.find('Ada Lovelace'), undefined);
    const user = await users.getOrCreate('  Ada Lovelace ', day(1));
    assert.equal(user.name, 'Ada Lovelace');
    assert.deepEqual(await users.getOrCreate('ada   LOVELACE', day(2)), user);
    assert.deepEqual(await users.find('Ａda lovelace'), user);
    assert.deepEqual(await users.get(user._id), user);
    assert.notEqual((await users.getOrCreate('Ada L.', day(2)))._id, user._id);
  });

  test('is made once, however many ask at the same time', async () => {
    await using place = await newStore();
    const users = new Users(place.store);
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) => users.getOrCreate(index % 2 === 0 ? 'Ada' : 'ADA', day(index + 1))),
    );
    const stored = await users.find('ada');
    assert.ok(stored);
    for (const user of made) {
      assert.deepEqual(user, stored);
    }
  });

  test('has a name of 1 to 200 characters', async () => {
    await using place = await newStore();
    const users = new Users(place.store);
    for (const name of ['', ' \t\n', 'x'.repeat(201)]) {
      await assert.rejects(
        users.getOrCreate(name, day(1)),
        (error) => error instanceof RejectedInput && error.reason === 'bad_author_name',
      );
    }
    assert.equal((await users.getOrCreate(` ${'x'.repeat(200)} `, day(1))).name.length, 200);
  });
});
