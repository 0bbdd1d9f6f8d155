import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Change, capturedCollections } from '../../domain/change.ts';
import { Misconfigured, PositionLost } from '../../domain/errors.ts';
import type { CapturedChange, ChangeBatch, ChangeFeed, Position } from '../../ports/change-feed.ts';
import type { Database, Row } from './database.ts';

const batchSize = 500;
/** How often it looks for commits of other processes; those of its own connection wake it at once. */
const pollMs = 100;
/** Log entries removed in one transaction: other writers wait no longer than for these. */
const pruneStep = 1_000;

interface FeedState {
  readonly identity: string;
  /** Everything up to here may be gone. */
  readonly pruned: number;
  /** The sequence number given last, 0 before the first. */
  readonly newest: number;
  readonly saved: number | undefined;
}

/**
 * Reads the change log of a `SqliteDocumentStore` in the same file. Borrows the database: its owner closes it, after
 * this. There is one saved position a file, and what lies before it is removed from the log.
 */
export class SqliteChangeFeed implements ChangeFeed {
  readonly #database: Database;
  readonly #closed = new AbortController();

  constructor(database: Database) {
    this.#database = database;
  }

  async identity(): Promise<string> {
    return this.#state().identity;
  }

  async position(): Promise<Position | undefined> {
    const { identity, saved } = this.#state();
    return saved === undefined ? undefined : positionOf(identity, saved);
  }

  /** Without a position, all that was ever written; once a position was saved, that is lost too. */
  async *read(after: Position | undefined, signal: AbortSignal): AsyncGenerator<ChangeBatch, void, undefined> {
    const { identity } = this.#state();
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    let sequence = after === undefined ? 0 : this.#sequenceOf(after);
    while (!ended.aborted) {
      const rows = this.#database.all(
        'SELECT * FROM changes WHERE sequence > ? ORDER BY sequence LIMIT ?',
        sequence,
        batchSize,
      );
      // After the rows were read: what is still there now was there then.
      const { pruned } = this.#state();
      if (pruned > sequence) {
        throw new PositionLost(
          `The change log begins behind change ${pruned}, and the changes after ${sequence} were asked for.`,
        );
      }
      const last = rows.at(-1);
      if (last === undefined) {
        await this.#commitOrPoll(ended);
      } else {
        sequence = Number(last['sequence']);
        yield { changes: rows.map((row) => capturedChangeOf(identity, row)), position: positionOf(identity, sequence) };
      }
    }
  }

  /**
   * A position before the saved one changes nothing.
   * @throws PositionLost when the position is not one of this file
   */
  async save(position: Position): Promise<void> {
    const sequence = this.#sequenceOf(position);
    this.#database.run('UPDATE change_feed SET saved = max(ifnull(saved, 0), ?)', sequence);
    for (;;) {
      const first = this.#database.get('SELECT min(sequence) AS first FROM changes')?.['first'];
      if (typeof first !== 'number' || first > sequence) {
        return;
      }
      const last = Math.min(sequence, first + pruneStep - 1);
      this.#database.transaction(() => {
        this.#database.run('UPDATE change_feed SET pruned = max(pruned, ?)', last);
        this.#database.run('DELETE FROM changes WHERE sequence <= ?', last);
      });
      await nextTurn();
    }
  }

  async head(): Promise<Position> {
    const { identity, newest } = this.#state();
    return positionOf(identity, newest);
  }

  async lag(): Promise<{ readonly changes: number; readonly oldestMs: number }> {
    const row = this.#database.get(
      `SELECT count(*) AS changes, min(occurred_at) AS oldest FROM changes
       WHERE sequence > (SELECT ifnull(saved, 0) FROM change_feed)`,
    );
    const oldest = row?.['oldest'];
    return {
      changes: Number(row?.['changes']),
      oldestMs: typeof oldest === 'string' ? Math.max(0, Date.now() - Date.parse(oldest)) : 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
  }

  #state(): FeedState {
    const row = this.#database.get(
      `SELECT identity, pruned, saved, ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0) AS newest
       FROM change_feed`,
    );
    const saved = row?.['saved'];
    return {
      identity: String(row?.['identity']),
      pruned: Number(row?.['pruned']),
      newest: Number(row?.['newest']),
      saved: typeof saved === 'number' ? saved : undefined,
    };
  }

  #sequenceOf(position: Position): number {
    const { identity, newest } = this.#state();
    const [, owner, digits] = /^([0-9a-f]{32}):(\d{1,15})$/.exec(position) ?? [];
    if (owner === undefined) {
      throw new PositionLost(`${JSON.stringify(position)} is not a position of this change log.`);
    }
    if (owner !== identity) {
      throw new PositionLost(`The position ${position} belongs to another file than ${this.#database.file}.`);
    }
    const sequence = Number(digits);
    if (sequence > newest) {
      throw new PositionLost(
        `The position ${position} is newer than anything in ${this.#database.file}: it is an older copy of that file.`,
      );
    }
    return sequence;
  }

  /** Resolves soon after a commit of this connection, at the latest after `pollMs`, and when it is over. */
  #commitOrPoll(ended: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    // Not within the commit itself: what is written in the same turn comes in one batch.
    const stopListening = this.#database.onCommit(() => setImmediate(resolve));
    const timer = setTimeout(resolve, pollMs);
    const finish = () => resolve();
    ended.addEventListener('abort', finish);
    return promise.finally(() => {
      stopListening();
      clearTimeout(timer);
      ended.removeEventListener('abort', finish);
    });
  }
}

function positionOf(identity: string, sequence: number): Position {
  return `${identity}:${sequence}`;
}

function capturedChangeOf(identity: string, row: Row): CapturedChange {
  return { id: `${identity}:${row['sequence']}`, change: changeOf(row) };
}

function changeOf(row: Row): Change {
  const collection = capturedCollections.find((name) => name === row['collection']);
  if (collection === undefined) {
    throw new Misconfigured(`The change log names a collection that nothing captures: ${row['collection']}.`);
  }
  return {
    version: 1,
    collection,
    documentId: String(row['document_id']),
    operation: row['operation'] === 'delete' ? 'delete' : 'upsert',
    revision: Number(row['revision']),
    occurredAt: String(row['occurred_at']),
  };
}
