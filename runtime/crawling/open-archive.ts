import { constants, type Dirent, type Stats } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, RejectedInput } from '../domain/errors.ts';
import { type Archive, type ArchiveEntry, type ArchiveLimits, defaultArchiveLimits } from './archive.ts';
import { openZip } from './zip-archive.ts';

/** The longest way in an export is `root/Articles/Articles/name.html`. */
const maxDepth = 5;
/** A folder that is looked at may be anything, a home directory too. */
const maxNamesLookedAt = 2_000;

/**
 * Opens an export, zipped or unpacked. What all paths have in common as their first folder is left out of them.
 * @throws RejectedInput `corrupt_archive`, `encrypted_archive`, `unsafe_archive` (paths that lead out of it),
 *   `archive_too_large`, `not_an_archive`
 */
export async function openArchive(path: string, limits: ArchiveLimits = defaultArchiveLimits): Promise<Archive> {
  const stats = await look(path);
  if (stats === undefined) throw new RejectedInput('not_found', `there is no export at ${path} any more`);
  if (stats.isDirectory()) {
    return new OpenArchive(await filesOf(path, limits.maxEntries), async () => undefined);
  }
  if (!(await isZip(path))) throw new RejectedInput('not_an_archive', `${path} is neither a folder nor a zip file`);
  const { entries, close } = await openZip(path, limits);
  return new OpenArchive(entries, close);
}

/**
 * The paths in a zip file, or some of the first ones in a folder: enough to recognise an export by.
 * @returns undefined for whatever is neither
 * @throws RejectedInput as `openArchive` does
 */
export async function archiveNames(path: string): Promise<readonly string[] | undefined> {
  if ((await look(path))?.isDirectory() === true) {
    const names: string[] = [];
    for await (const { path: name } of walk(path, 3)) {
      names.push(name);
      if (names.length === maxNamesLookedAt) break;
    }
    return withoutRoot(names);
  }
  if (!(await isZip(path))) return undefined;
  await using archive = await openArchive(path);
  return archive.entries.map((entry) => entry.path);
}

class OpenArchive implements Archive {
  readonly entries: readonly ArchiveEntry[];
  readonly #byPath: ReadonlyMap<string, ArchiveEntry>;
  readonly #close: () => Promise<void>;

  constructor(entries: readonly ArchiveEntry[], close: () => Promise<void>) {
    const paths = withoutRoot(entries.map(({ path }) => path));
    this.#byPath = new Map(
      entries
        .map((entry, index): ArchiveEntry => ({ ...entry, path: paths[index] ?? entry.path }))
        .sort((a, b) => (a.path < b.path ? -1 : 1))
        .map((entry) => [entry.path, entry]),
    );
    this.entries = [...this.#byPath.values()];
    this.#close = close;
  }

  entry(path: string): ArchiveEntry | undefined {
    return this.#byPath.get(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** The beginning of a local file header, or of the end record of a zip file without files (APPNOTE.TXT, 4.3). */
export async function isZip(path: string): Promise<boolean> {
  // To open a pipe would wait for somebody who writes to it.
  if ((await look(path))?.isFile() !== true) return false;
  await using file = await open(path, 'r').catch(nothing);
  const { buffer } = (await file?.read(Buffer.alloc(4), 0, 4, 0)) ?? {};
  return buffer !== undefined && ['PK\u0003\u0004', 'PK\u0005\u0006'].includes(buffer.toString('latin1'));
}

/** What may not be looked at is no archive; whoever reads files says why. */
async function look(path: string): Promise<Stats | undefined> {
  return await lstat(path).catch(nothing);
}

function nothing(): undefined {
  return undefined;
}

async function filesOf(root: string, maxEntries: number): Promise<readonly ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  for await (const { path, file } of walk(root, maxDepth)) {
    if (entries.length === maxEntries) {
      throw new RejectedInput('archive_too_large', `${root} holds more than ${maxEntries.toLocaleString('en')} files`);
    }
    const { size } = await lstat(file);
    entries.push({ path, size, open: () => openFile(file) });
  }
  return entries;
}

/** Symbolic links are not followed: an export has none. */
async function openFile(file: string): ReturnType<ArchiveEntry['open']> {
  try {
    return (await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)).createReadStream();
  } catch (error) {
    throw new RejectedInput('corrupt_archive', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Breadth first, in the order of names. */
async function* walk(root: string, depth: number): AsyncGenerator<{ readonly path: string; readonly file: string }> {
  let folders = [''];
  for (let level = 0; level < depth && folders.length > 0; level += 1) {
    const below: string[] = [];
    for (const folder of folders) {
      for (const entry of await namesIn(join(root, folder))) {
        const path = `${folder}${entry.name}`;
        if (entry.isFile()) yield { path, file: join(root, path) };
        else if (entry.isDirectory()) below.push(`${path}/`);
      }
    }
    folders = below;
  }
}

/** A folder that may not be looked into holds nothing that can be recognised. */
async function namesIn(folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What macOS puts into every zip file beside what was packed. */
const foreign = /^__MACOSX\/|(?:^|\/)\.DS_Store$/;

function withoutRoot(paths: readonly string[]): readonly string[] {
  const own = paths.filter((path) => !foreign.test(path));
  const [root = ''] = own[0]?.match(/^[^/]+\//) ?? [];
  if (root === '' || !own.every((path) => path.startsWith(root))) return paths;
  return paths.map((path) => (path.startsWith(root) ? path.slice(root.length) : path));
}
