import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { Misconfigured } from '../../domain/errors.ts';
import { isBusy, translateError } from './sqlite-errors.ts';

/** What a file holds, and how older files of the kind become newer ones. */
export interface DatabaseFormat {
  /** As errors call it: `raw store`. */
  readonly name: string;
  /** Stands in the header of the file (`PRAGMA application_id`, 32 bits, not 0), so that no other database is taken for it. */
  readonly applicationId: number;
  /** SQL that takes a file from version n (its index) to n + 1. One that was released is never edited. */
  readonly migrations: readonly string[];
}

export interface DatabaseOptions {
  /** Paths of shared libraries to load; nothing can be loaded after that. */
  readonly extensions?: readonly string[] | undefined;
}

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** For a lock that another process holds. Waiting blocks this process, so it is not long. */
const busyTimeoutMs = 5_000;
/** Page cache; what is not in it comes from the file cache of the operating system. */
const cacheKibibytes = 16_384;
/** The write-ahead log is cut back to this after a checkpoint. */
const journalBytes = 33_554_432;
/** Distinct SQL texts are few. This is for a caller that builds them from what it is given. */
const maxStatements = 256;

/**
 * One connection to one file, which any number of processes may have open. Everything is synchronous; a commit survives
 * a killed process (WAL), and after a power failure the file is sound but may lack the last commits (`synchronous=NORMAL`).
 *
 * @throws Misconfigured folder missing, file unreadable, corrupt, not of this format, written by a newer version, disk full
 * @throws TransientError another process held the lock for five seconds
 */
export class Database implements Disposable {
  readonly file: string;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #commitListeners = new Set<() => void>();

  /** Opens the file, creates it when there is none, and brings it to the newest version of its format. */
  constructor(file: string, format: DatabaseFormat, options: DatabaseOptions = {}) {
    this.file = file;
    const extensions = options.extensions ?? [];
    this.#connection = this.#translated(
      () => new DatabaseSync(file, { timeout: busyTimeoutMs, allowExtension: extensions.length > 0 }),
    );
    try {
      this.#loadExtensions(extensions);
      this.exec(`PRAGMA cache_size = -${cacheKibibytes}; PRAGMA mmap_size = 0`);
      // The version is looked at before anything is written to a file that may belong to something else.
      this.#checkedVersion(format);
      this.#enterWalMode();
      this.exec(`PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${journalBytes}`);
      this.#migrate(format);
    } catch (error) {
      this.#connection.close();
      throw error;
    }
  }

  /** @returns the first row */
  get(sql: string, ...parameters: readonly SQLInputValue[]): Row | undefined {
    return this.#translated(() => this.#statement(sql).get(...parameters));
  }

  all(sql: string, ...parameters: readonly SQLInputValue[]): readonly Row[] {
    return this.#translated(() => this.#statement(sql).all(...parameters));
  }

  /** @returns how many rows it inserted, updated or deleted, those of triggers not counted */
  run(sql: string, ...parameters: readonly SQLInputValue[]): number {
    const changes = this.#translated(() => Number(this.#statement(sql).run(...parameters).changes));
    this.#announceCommit();
    return changes;
  }

  /** Several statements without parameters. */
  exec(sql: string): void {
    this.#translated(() => this.#connection.exec(sql));
    this.#announceCommit();
  }

  /** All or nothing, with the write lock taken at once; within another transaction it is a part of that. */
  transaction<Result>(body: () => Result): Result {
    if (this.#connection.isTransaction) {
      return body();
    }
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = body();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      // After some errors (disk full) SQLite has rolled back by itself.
      if (this.#connection.isTransaction) {
        this.exec('ROLLBACK');
      }
      throw error;
    }
  }

  /**
   * Calls `listener` after whatever this connection may have committed; commits of other connections go unnoticed.
   * @returns how to stop it
   */
  onCommit(listener: () => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#commitListeners.clear();
    if (this.#connection.isOpen) {
      this.#connection.close();
    }
  }

  #announceCommit(): void {
    if (!this.#connection.isTransaction) {
      for (const listener of this.#commitListeners) {
        listener();
      }
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= maxStatements) {
        this.#statements.clear();
      }
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #translated<Result>(body: () => Result): Result {
    try {
      return body();
    } catch (error) {
      throw translateError(error, this.file);
    }
  }

  #loadExtensions(paths: readonly string[]): void {
    for (const path of paths) {
      try {
        this.#connection.loadExtension(path);
      } catch (cause) {
        throw new Misconfigured(`The SQLite extension ${path} cannot be loaded on this machine.`, { cause });
      }
    }
    if (paths.length > 0) {
      this.#connection.enableLoadExtension(false);
    }
  }

  /** Two processes that create the same file collide here, and SQLite does not wait in this one case. */
  #enterWalMode(): void {
    const deadline = Date.now() + busyTimeoutMs;
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    for (;;) {
      try {
        this.#connection.exec('PRAGMA journal_mode = WAL');
        return;
      } catch (error) {
        if (!isBusy(error) || Date.now() > deadline) {
          throw translateError(error, this.file);
        }
        Atomics.wait(sleeper, 0, 0, 10);
      }
    }
  }

  #pragma(name: string): number {
    return Number(this.get(`PRAGMA ${name}`)?.[name]);
  }

  /** @returns the version of the file, 0 for a new one */
  #checkedVersion(format: DatabaseFormat): number {
    const applicationId = this.#pragma('application_id');
    const version = this.#pragma('user_version');
    const isNew = applicationId === 0 && version === 0 && this.get('SELECT 1 FROM sqlite_schema LIMIT 1') === undefined;
    if (!isNew && applicationId !== format.applicationId) {
      throw new Misconfigured(
        `${this.file} is an SQLite database, but not a ${format.name} of Twinstream. Move it away or choose another place.`,
      );
    }
    const newest = format.migrations.length;
    if (version > newest) {
      throw new Misconfigured(
        `${this.file} was written by a newer Twinstream: it has version ${version} of the ${format.name} format, and this ` +
          `Twinstream knows versions up to ${newest}. Update Twinstream, or choose another place.`,
      );
    }
    return version;
  }

  #migrate(format: DatabaseFormat): void {
    const newest = format.migrations.length;
    if (this.#pragma('user_version') === newest) {
      return;
    }
    this.transaction(() => {
      // Looked at again under the lock: another process may have done it meanwhile.
      const version = this.#checkedVersion(format);
      for (const migration of format.migrations.slice(version)) {
        this.exec(migration);
      }
      this.exec(`PRAGMA application_id = ${format.applicationId}; PRAGMA user_version = ${newest}`);
    });
  }
}
