import { Misconfigured, RejectedInput, TransientError } from '../../domain/errors.ts';

/** Primary result codes, the low byte of what SQLite gives: https://www.sqlite.org/rescode.html */
const primary = {
  permission: 3,
  busy: 5,
  locked: 6,
  outOfMemory: 7,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  tooBig: 18,
  notADatabase: 26,
} as const;

/** `SQLITE_IOERR_SHMSIZE`: there was no room for the index of the write-ahead log. */
const noRoomForWalIndex = 4874;

function errorCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
}

export function isBusy(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code !== undefined && (code & 0xff) === primary.busy;
}

/** The one place that knows what SQLite's errors mean for a worker. What is a mistake in the program stays as it is. */
export function translateError(error: unknown, file: string): unknown {
  const code = errorCodeOf(error);
  if (code === undefined) {
    return error;
  }
  const options = { cause: error };
  const diskFull = new Misconfigured(
    `The disk is full: ${file} cannot grow. Nothing that was acknowledged is lost; free some space and start again.`,
    options,
  );
  if (code === noRoomForWalIndex) {
    return diskFull;
  }
  switch (code & 0xff) {
    case primary.full:
      return diskFull;
    case primary.busy:
    case primary.locked:
      return new TransientError(`${file} is locked by another process.`, options);
    case primary.outOfMemory:
      return new TransientError(`There is not enough memory to work on ${file}.`, options);
    case primary.permission:
    case primary.readOnly:
      return new Misconfigured(`${file} cannot be written to: check its permissions and those of its folder.`, options);
    case primary.cannotOpen:
      return new Misconfigured(
        `${file} cannot be opened: check that its folder exists and that you may read and write there.`,
        options,
      );
    case primary.corrupt:
    case primary.notADatabase:
      return new Misconfigured(
        `${file} is damaged or not an SQLite database. Move it away, or restore it from a backup.`,
        options,
      );
    case primary.inputOutput:
      return new Misconfigured(
        `Reading or writing ${file} failed (SQLite error ${code}): check the disk and its free space.`,
        options,
      );
    case primary.tooBig:
      return new RejectedInput('too_large', 'The document is larger than SQLite can store (1 GB).', options);
    default:
      return error;
  }
}
