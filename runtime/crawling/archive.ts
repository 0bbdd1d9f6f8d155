import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { RejectedInput } from '../domain/errors.ts';

/** A file inside an archive. */
export interface ArchiveEntry {
  /** With `/`, and without a root folder that all entries share. Never absolute, never with `..`. */
  readonly path: string;
  /** Unpacked, in bytes. */
  readonly size: number;
  /**
   * Unpacks as it is read.
   * @throws RejectedInput (also out of the stream) `corrupt_archive` when this entry is damaged, `archive_too_large`
   */
  open(): Promise<Readable>;
}

/** An export, as a zip file or as the folder it was unpacked to. Symbolic links and folders are not among its entries. */
export interface Archive extends AsyncDisposable {
  /** In the order of their paths. */
  readonly entries: readonly ArchiveEntry[];
  entry(path: string): ArchiveEntry | undefined;
}

/** What is read of one archive. */
export interface ArchiveLimits {
  readonly maxEntries: number;
  /** Unpacked, of one entry. */
  readonly maxEntryBytes: number;
  /** Unpacked, of all entries that are opened. */
  readonly maxTotalBytes: number;
  /** Unpacked to packed size of one entry, above its first mebibyte. */
  readonly maxRatio: number;
}

const mebibyte = 1024 * 1024;

/** Exports of a whole life of writing stay far below. */
export const defaultArchiveLimits: ArchiveLimits = {
  maxEntries: 200_000,
  maxEntryBytes: 256 * mebibyte,
  maxTotalBytes: 8 * 1024 * mebibyte,
  maxRatio: 200,
};

/**
 * @returns what is wrong with one entry, after which the others can be read
 * @throws what was caught when it is anything else: an archive that unpacks to too much at one entry does so at the next
 */
export function refusalOfEntry(caught: unknown): RejectedInput {
  if (caught instanceof RejectedInput && caught.reason !== 'archive_too_large') return caught;
  throw caught;
}

/**
 * The text of an entry, as UTF-8 without its byte order mark.
 * @throws RejectedInput `too_large` above `maxBytes`, and what unpacking throws
 */
export async function readText(entry: ArchiveEntry, maxBytes: number): Promise<string> {
  return new TextDecoder().decode(await readBytes(entry, maxBytes));
}

/** As it lies in the archive. @throws RejectedInput as `readText` does */
export async function readBytes(entry: ArchiveEntry, maxBytes: number): Promise<Uint8Array> {
  if (entry.size > maxBytes) {
    throw new RejectedInput(
      'too_large',
      `${entry.path} has ${entry.size.toLocaleString('en')} bytes; at most ${maxBytes.toLocaleString('en')} are read`,
    );
  }
  return await buffer(await entry.open());
}
