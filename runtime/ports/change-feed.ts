import type { Change } from '../domain/change.ts';

/** Opaque: only the feed that gave it can read it. */
export type Position = string;

export interface CapturedChange {
  /** The same for the same change, however often it is read: the queue drops repeats by it. */
  readonly id: string;
  readonly change: Change;
}

export interface ChangeBatch {
  readonly changes: readonly CapturedChange[];
  /** Behind the last change of the batch. */
  readonly position: Position;
}

/**
 * Follows the captured collections of a document store. A document with `deletedAt`, or one that was removed, is a
 * "delete"; everything else is an "upsert".
 */
export interface ChangeFeed extends AsyncDisposable {
  /** Of the store it follows: another store in its place has another. */
  identity(): Promise<string>;

  /** The position saved last, or undefined before the first. */
  position(): Promise<Position | undefined>;

  /**
   * Everything that was committed after `after` (from the beginning of the store when undefined), in commit order per
   * document and in batches of at most 500; then waits for more until aborted. A change is seen within 0.2 s.
   * @throws PositionLost when the feed no longer holds all that follows `after`
   */
  read(after: Position | undefined, signal: AbortSignal): AsyncIterable<ChangeBatch>;

  /** Saves durably. Call it only when everything up to there is confirmed by whoever takes over. */
  save(position: Position): Promise<void>;

  /** The newest position: what is read after it was committed after this call. */
  head(): Promise<Position>;

  /** What has been committed and is not behind the saved position yet. `oldestMs` is 0 when there is none. */
  lag(): Promise<{ readonly changes: number; readonly oldestMs: number }>;
}
