import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { lockHolder, WorkspaceLock } from '../../../runtime/adapters/sqlite/workspace-lock.ts';
import { Misconfigured } from '../../../runtime/domain/errors.ts';

const program = join(import.meta.dirname, 'lock-holder.ts');

async function createWorkspace() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'workspace-lock-'));
  return { home: folder.path, [Symbol.asyncDispose]: () => folder.remove() };
}

/** Another process that wants the lock; resolves when it has it or was refused. */
async function startHolder(home: string, command = 'twin work') {
  const child = spawn(process.execPath, [program, home, command], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [answer] = await once(child.stdout, 'data');
  return {
    pid: child.pid,
    answer: String(answer).trim(),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async leave() {
      child.stdin.end();
      await exited;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

describe('The lock of a workspace', { concurrency: true, timeout: 60_000 }, () => {
  test('is refused to a second process, and tells which one has it', async () => {
    await using workspace = await createWorkspace();
    await using holder = await startHolder(workspace.home);
    assert.equal(holder.answer, 'acquired');
    assert.equal(WorkspaceLock.acquire(workspace.home, 'twin ingest'), undefined);
    const told = lockHolder(workspace.home);
    assert.deepEqual(told, {
      pid: holder.pid,
      command: 'twin work',
      since: told?.since,
      queueEndpoint: 'http://127.0.0.1:1',
    });
    assert.ok(Math.abs(Date.now() - Date.parse(told?.since ?? '')) < 60_000);
  });

  test('is refused to others by this process too', async () => {
    await using workspace = await createWorkspace();
    using lock = WorkspaceLock.acquire(workspace.home, 'twin ingest');
    assert.ok(lock !== undefined);
    await using other = await startHolder(workspace.home);
    assert.equal(other.answer, 'refused');
    assert.deepEqual(
      [lockHolder(workspace.home)?.pid, lockHolder(workspace.home)?.command],
      [process.pid, 'twin ingest'],
    );
  });

  test('is free as soon as its holder is killed', async () => {
    await using workspace = await createWorkspace();
    await using holder = await startHolder(workspace.home);
    await holder.kill();
    using lock = WorkspaceLock.acquire(workspace.home, 'twin ingest');
    assert.ok(lock !== undefined);
    assert.equal(lockHolder(workspace.home)?.pid, process.pid);
    assert.equal(lockHolder(workspace.home)?.queueEndpoint, undefined, 'the queues of the dead are not announced');
  });

  test('is free whatever a dead process has announced, even where another has its number now', async () => {
    await using workspace = await createWorkspace();
    await using holder = await startHolder(workspace.home);
    await holder.kill();
    const left = lockHolder(workspace.home);
    assert.equal(left?.pid, holder.pid, 'who is killed cannot take back what was announced');
    await writeFile(join(workspace.home, 'lock.json'), JSON.stringify({ ...left, pid: process.ppid }));
    await using next = await startHolder(workspace.home, 'twin ingest');
    assert.equal(next.answer, 'acquired');
    assert.deepEqual([lockHolder(workspace.home)?.pid, lockHolder(workspace.home)?.command], [next.pid, 'twin ingest']);
  });

  test('is free, and says nothing of anybody, when its holder has left', async () => {
    await using workspace = await createWorkspace();
    await using holder = await startHolder(workspace.home);
    await holder.leave();
    assert.equal(lockHolder(workspace.home), undefined);
    WorkspaceLock.acquire(workspace.home, 'twin ingest')?.[Symbol.dispose]();
    using again = WorkspaceLock.acquire(workspace.home, 'twin ingest');
    assert.ok(again !== undefined);
  });

  test('goes to one of many who ask at the same time', async () => {
    await using workspace = await createWorkspace();
    const all = await Promise.all(
      Array.from({ length: 4 }, (_, index) => startHolder(workspace.home, `twin ${index}`)),
    );
    try {
      assert.deepEqual(all.map(({ answer }) => answer).toSorted(), ['acquired', 'refused', 'refused', 'refused']);
      assert.equal(lockHolder(workspace.home)?.pid, all.find(({ answer }) => answer === 'acquired')?.pid);
    } finally {
      await Promise.all(all.map((each) => each.kill()));
    }
  });

  test('has nobody to tell of while its holder is half way through writing', async () => {
    await using workspace = await createWorkspace();
    for (const text of ['', '{', '{"pid": 1', '{"pid":1,"command":"tw']) {
      await writeFile(join(workspace.home, 'lock.json'), text);
      assert.equal(lockHolder(workspace.home), undefined, text);
    }
  });

  test('cannot be had where nothing can be written', async () => {
    await using workspace = await createWorkspace();
    const file = join(workspace.home, 'file');
    await writeFile(file, '');
    for (const home of [join(workspace.home, 'missing'), file]) {
      assert.throws(() => WorkspaceLock.acquire(home, 'twin ingest'), Misconfigured);
    }
  });

  test('cannot be had where its file is something else', async () => {
    await using workspace = await createWorkspace();
    await writeFile(
      join(workspace.home, 'lock.sqlite'),
      'this is no database, and it is long enough to tell '.repeat(40),
    );
    assert.throws(() => WorkspaceLock.acquire(workspace.home, 'twin ingest'), Misconfigured);
  });
});
