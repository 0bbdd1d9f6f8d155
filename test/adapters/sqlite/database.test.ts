import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtempDisposable, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { getLoadablePath } from 'sqlite-vec';
import { Database, type DatabaseFormat } from '../../../runtime/adapters/sqlite/database.ts';
import { Misconfigured, TransientError } from '../../../runtime/domain/errors.ts';
import { startWriter } from './start-writer.ts';

const first: DatabaseFormat = {
  name: 'test store',
  applicationId: 0x1234,
  migrations: ['CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT) STRICT'],
};
const second: DatabaseFormat = {
  ...first,
  migrations: [...first.migrations, `ALTER TABLE things ADD COLUMN colour TEXT; UPDATE things SET colour = 'grey'`],
};

async function newFile() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'database-'));
  return {
    path: join(folder.path, 'store.sqlite'),
    folder: folder.path,
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

/** Opens it and closes it again. */
function visit(path: string, format: DatabaseFormat, options = {}): void {
  new Database(path, format, options)[Symbol.dispose]();
}

describe('A database', () => {
  test('is made where there is none, in WAL mode, and keeps what is written', async () => {
    await using file = await newFile();
    {
      using database = new Database(file.path, first);
      assert.equal(database.run('INSERT INTO things (name) VALUES (?), (?)', 'a', 'b'), 2);
      assert.equal(database.get('PRAGMA journal_mode')?.['journal_mode'], 'wal');
    }
    using database = new Database(file.path, first);
    assert.deepEqual(
      database.all('SELECT name FROM things ORDER BY id').map((row) => row['name']),
      ['a', 'b'],
    );
    assert.equal(database.get('SELECT * FROM things WHERE id = 7'), undefined);
  });

  test('of an older version is brought to the newest, with all that is in it', async () => {
    await using file = await newFile();
    {
      using database = new Database(file.path, first);
      database.run('INSERT INTO things (name) VALUES (?)', 'a');
    }
    using database = new Database(file.path, second);
    assert.deepEqual({ ...database.get('SELECT * FROM things') }, { id: 1, name: 'a', colour: 'grey' });
    assert.equal(database.get('PRAGMA user_version')?.['user_version'], 2);
  });

  test('stays at its version when a migration fails', async () => {
    await using file = await newFile();
    visit(file.path, first);
    const broken = { ...first, migrations: [...first.migrations, 'CREATE TABLE more (id); CREATE TABLE things (id)'] };
    assert.throws(() => visit(file.path, broken), /already exists/);
    using database = new Database(file.path, second);
    assert.equal(database.get(`SELECT 1 FROM sqlite_schema WHERE name = 'more'`), undefined);
  });

  test('written by a newer version is refused and left alone, naming the file and both versions', async () => {
    await using file = await newFile();
    visit(file.path, second);
    const before = await readFile(file.path);
    assert.throws(
      () => visit(file.path, first),
      (error) =>
        error instanceof Misconfigured &&
        error.message.includes(file.path) &&
        error.message.includes('version 2') &&
        error.message.includes('up to 1'),
    );
    assert.deepEqual(await readFile(file.path), before);
  });

  test('of another program is refused and left alone', async () => {
    await using file = await newFile();
    const foreign = new DatabaseSync(file.path);
    foreign.exec('CREATE TABLE theirs (id); PRAGMA user_version = 1');
    foreign.close();
    const before = await readFile(file.path);
    assert.throws(() => visit(file.path, first), Misconfigured);
    assert.throws(() => visit(file.path, { ...first, applicationId: 0x4321 }), Misconfigured);
    assert.deepEqual(await readFile(file.path), before);
  });

  test('that is no database, is damaged, is a folder or has no folder is refused', async () => {
    await using file = await newFile();
    await writeFile(file.path, 'once upon a time '.repeat(500));
    assert.throws(() => visit(file.path, first), Misconfigured);
    await mkdir(join(file.folder, 'folder'));
    assert.throws(() => visit(join(file.folder, 'folder'), first), Misconfigured);
    assert.throws(() => visit(join(file.folder, 'missing', 'store.sqlite'), first), Misconfigured);
    const whole = join(file.folder, 'whole.sqlite');
    {
      using database = new Database(whole, first);
      database.run('INSERT INTO things (name) VALUES (?)', 'x'.repeat(100_000));
    }
    const damaged = join(file.folder, 'damaged.sqlite');
    await copyFile(whole, damaged);
    await truncate(damaged, 20_000);
    assert.throws(() => {
      using database = new Database(damaged, first);
      database.all('SELECT * FROM things');
    }, Misconfigured);
  });

  test('that may only be read says so when it is written to', async () => {
    await using file = await newFile();
    using database = new Database(file.path, first);
    database.exec('PRAGMA query_only = TRUE');
    assert.throws(() => database.run('DELETE FROM things'), { name: 'Misconfigured', message: /cannot be written to/ });
  });

  test('that cannot grow says that the disk is full, and goes on when it can again', async () => {
    await using file = await newFile();
    using database = new Database(file.path, first);
    database.run('INSERT INTO things (name) VALUES (?)', 'kept');
    database.exec('PRAGMA max_page_count = 10');
    const fill = () =>
      database.transaction(() => {
        database.run('INSERT INTO things (name) VALUES (?)', 'small');
        database.run('INSERT INTO things (name) VALUES (?)', 'x'.repeat(100_000));
      });
    assert.throws(fill, (error) => error instanceof Misconfigured && error.message.includes('disk is full'));
    assert.equal(database.get('SELECT count(*) AS count FROM things')?.['count'], 1);
    database.exec('PRAGMA max_page_count = 10000');
    fill();
    assert.equal(database.get('SELECT count(*) AS count FROM things')?.['count'], 3);
  });

  test('locked by another connection is worth another try', async () => {
    await using file = await newFile();
    using database = new Database(file.path, first);
    using other = new Database(file.path, first);
    database.exec('PRAGMA busy_timeout = 1');
    other.transaction(() => {
      assert.throws(() => database.run('DELETE FROM things'), TransientError);
      assert.deepEqual(database.all('SELECT * FROM things'), []);
    });
    assert.equal(database.run('DELETE FROM things'), 0);
  });

  test('leaves mistakes in SQL as they are', async () => {
    await using file = await newFile();
    using database = new Database(file.path, first);
    assert.throws(() => database.run('INSERT INTO nowhere VALUES (1)'), { code: 'ERR_SQLITE_ERROR' });
  });

  test('loads extensions when it is opened, and names the one that it cannot load', async () => {
    await using file = await newFile();
    using database = new Database(file.path, first, { extensions: [getLoadablePath()] });
    assert.match(String(database.get('SELECT vec_version() AS version')?.['version']), /^v\d/);
    assert.throws(
      () => visit(file.path, first, { extensions: ['/nowhere/vec0'] }),
      (error) => error instanceof Misconfigured && error.message.includes('/nowhere/vec0'),
    );
  });

  test('can be made by several processes at the same moment', async () => {
    await using file = await newFile();
    await using a = startWriter(file.path, 'a', 3);
    await using b = startWriter(file.path, 'b', 3);
    await using c = startWriter(file.path, 'c', 3);
    assert.deepEqual(await Promise.all([a.exited, b.exited, c.exited]), [0, 0, 0]);
  });
});

describe('A transaction', () => {
  test('is all or nothing, and one within another belongs to that', async () => {
    await using file = await newFile();
    using database = new Database(file.path, first);
    using other = new Database(file.path, first);
    const count = () => other.get('SELECT count(*) AS count FROM things')?.['count'];
    const result = database.transaction(() => {
      database.run('INSERT INTO things (name) VALUES (?)', 'a');
      database.transaction(() => database.run('INSERT INTO things (name) VALUES (?)', 'b'));
      assert.equal(count(), 0);
      return 'done';
    });
    assert.equal(result, 'done');
    assert.equal(count(), 2);
    const failure = new Error('on purpose');
    const attempt = () =>
      database.transaction(() => {
        database.run('DELETE FROM things');
        throw failure;
      });
    assert.throws(attempt, failure);
    assert.equal(count(), 2);
  });

  test('is announced when it is committed, to whoever still listens', async () => {
    await using file = await newFile();
    using database = new Database(file.path, first);
    let commits = 0;
    const stop = database.onCommit(() => {
      commits += 1;
    });
    database.transaction(() => {
      database.run('INSERT INTO things (name) VALUES (?)', 'a');
      assert.equal(commits, 0);
    });
    assert.equal(commits, 1);
    database.run('INSERT INTO things (name) VALUES (?)', 'b');
    assert.equal(commits, 2);
    stop();
    database.run('INSERT INTO things (name) VALUES (?)', 'c');
    assert.equal(commits, 2);
  });
});
