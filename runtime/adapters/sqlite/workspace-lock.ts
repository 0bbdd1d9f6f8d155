import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Misconfigured, messageOf } from '../../domain/errors.ts';

/** What the process that works on a workspace tells the others. */
export interface LockHolder {
  readonly pid: number;
  readonly command: string;
  readonly since: string;
  /** Where its queues answer, once they do. */
  readonly queueEndpoint?: string | undefined;
}

/**
 * One process at a time works on a workspace. The lock is an exclusive SQLite transaction, which is to say a lock of
 * the operating system: it ends with its process, however that dies, and so is never stale.
 */
export class WorkspaceLock implements Disposable {
  readonly #database: DatabaseSync;
  readonly #holderFile: string;
  #holder: LockHolder;

  private constructor(database: DatabaseSync, holderFile: string, holder: LockHolder) {
    this.#database = database;
    this.#holderFile = holderFile;
    this.#holder = holder;
    this.#announce();
  }

  /**
   * @returns undefined when another process holds it; `lockHolder` tells which
   * @throws Misconfigured when the folder cannot be written to
   */
  static acquire(home: string, command: string): WorkspaceLock | undefined {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(join(home, 'lock.sqlite'), { timeout: 0 });
      database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
      const holder = { pid: process.pid, command, since: new Date().toISOString() };
      return new WorkspaceLock(database, join(home, 'lock.json'), holder);
    } catch (error) {
      database?.close();
      if (isBusy(error)) return undefined;
      throw new Misconfigured(`the workspace ${home} cannot be locked: ${messageOf(error)}`, { cause: error });
    }
  }

  announceQueues(queueEndpoint: string): void {
    this.#holder = { ...this.#holder, queueEndpoint };
    this.#announce();
  }

  [Symbol.dispose](): void {
    rmSync(this.#holderFile, { force: true });
    this.#database.close();
  }

  #announce(): void {
    writeFileSync(this.#holderFile, JSON.stringify(this.#holder), { mode: 0o600 });
  }
}

/**
 * What the holder of the lock last announced; undefined when it has not said anything yet. Ask only when `acquire` was
 * refused: who is killed leaves behind what it announced.
 */
export function lockHolder(home: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(join(home, 'lock.json'), 'utf8')) as LockHolder;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** SQLITE_BUSY and its extended codes. */
function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' && (errcode & 0xff) === 5;
}
