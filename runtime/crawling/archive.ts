import type { Readable } from 'node:stream';

/** A file inside an archive. */
export interface ArchiveEntry {
  /** With `/`, and without a root folder that all entries share. Never absolute, never with `..`. */
  readonly path: string;
  /** Unpacked, in bytes. */
  readonly size: number;
  /** Unpacks as it is read. @throws RejectedInput (also out of the stream) `corrupt_archive`, `archive_too_large` */
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
