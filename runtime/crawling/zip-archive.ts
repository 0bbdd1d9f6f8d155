import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { messageOf, RejectedInput } from '../domain/errors.ts';
import type { ArchiveEntry, ArchiveLimits } from './archive.ts';

interface OpenZip {
  readonly entries: readonly ArchiveEntry[];
  close(): Promise<void>;
}

/** What a file may unpack to however little it was packed into. */
const alwaysAllowed = 1024 * 1024;

const typeMask = 0o170000;
const regularFile = 0o100000;

/** Reads the directory of a zip file, and each entry from its place in the file when it is opened. */
export async function openZip(path: string, limits: ArchiveLimits): Promise<OpenZip> {
  // Sizes are validated in `unpack`: yauzl does so before it tells whether an entry is encrypted.
  const options = { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: false };
  const zip = await openPromise(path, options).catch((error) => {
    throw corrupt(path, error);
  });
  try {
    const unpacked = new Budget(path, limits.maxTotalBytes);
    const entries: ArchiveEntry[] = [];
    for (const entry of await directoryOf(path, zip, limits.maxEntries)) {
      if (!isFile(entry)) continue;
      const { fileName, uncompressedSize: size } = entry;
      entries.push({ path: fileName, size, open: async () => unpack(path, zip, entry, limits, unpacked) });
    }
    return { entries, close: async () => zip.close() };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function directoryOf(path: string, zip: ZipFile, maxEntries: number): Promise<readonly Entry[]> {
  if (zip.entryCount > maxEntries) {
    throw new RejectedInput(
      'archive_too_large',
      `${path} holds ${zip.entryCount.toLocaleString('en')} files; at most ${maxEntries.toLocaleString('en')} are accepted`,
    );
  }
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) throw encrypted(path);
      entries.push(entry);
    }
  } catch (error) {
    if (error instanceof RejectedInput) throw error;
    if (messageOf(error).includes('encryption')) throw encrypted(path, error);
    if (/relative path|absolute path|invalid characters in fileName/.test(messageOf(error))) {
      throw new RejectedInput('unsafe_archive', `${path} names files outside of itself: ${messageOf(error)}`, {
        cause: error,
      });
    }
    throw corrupt(path, error);
  }
  return entries;
}

/** By the mode that Unix programs leave; others leave none, and mark folders by their names. */
function isFile({ fileName, externalFileAttributes }: Entry): boolean {
  const type = (externalFileAttributes >>> 16) & typeMask;
  return !fileName.endsWith('/') && (type === 0 || type === regularFile);
}

function unpack(path: string, zip: ZipFile, entry: Entry, limits: ArchiveLimits, total: Budget): Readable {
  const { fileName, uncompressedSize, compressedSize } = entry;
  const subject = `${fileName} in ${path}`;
  if (uncompressedSize > limits.maxEntryBytes) throw tooLarge(subject, limits.maxEntryBytes);
  if (uncompressedSize > alwaysAllowed && uncompressedSize > compressedSize * limits.maxRatio) {
    throw new RejectedInput(
      'archive_too_large',
      `${subject} unpacks to more than ${limits.maxRatio} times its size, as no text does`,
    );
  }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    let checksum = 0;
    let size = 0;
    try {
      const stream = await zip.openReadStreamPromise(entry);
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        total.spend(chunk.length);
        size += chunk.length;
        if (size > uncompressedSize) break;
        checksum = crc32(chunk, checksum);
        yield chunk;
      }
    } catch (error) {
      throw error instanceof RejectedInput ? error : corrupt(subject, error);
    }
    if (size !== uncompressedSize) throw corrupt(subject, new Error('its size is wrong'));
    if (checksum !== entry.crc32) throw corrupt(subject, new Error('its checksum is wrong'));
  }
  return Readable.from(bytes(), { objectMode: false });
}

/** Entries may share the bytes they are unpacked from, so the sum is counted as it comes. */
class Budget {
  readonly #path: string;
  readonly #bytes: number;
  #spent = 0;

  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#bytes = bytes;
  }

  spend(bytes: number): void {
    this.#spent += bytes;
    if (this.#spent > this.#bytes) throw tooLarge(this.#path, this.#bytes);
  }
}

function tooLarge(subject: string, bytes: number): RejectedInput {
  return new RejectedInput(
    'archive_too_large',
    `${subject} unpacks to more than ${bytes.toLocaleString('en')} bytes, the most that is read`,
  );
}

function encrypted(path: string, cause?: unknown): RejectedInput {
  const message = `${path} is protected by a password: unpack it and give the folder instead`;
  return new RejectedInput('encrypted_archive', message, { cause });
}

function corrupt(subject: string, error: unknown): RejectedInput {
  return new RejectedInput(
    'corrupt_archive',
    `${subject} is damaged or not complete (${messageOf(error)}): download the export again`,
    { cause: error },
  );
}
