import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TransientError } from '../../domain/errors.ts';
import { type Format, formatOf } from './formats.ts';
import { isMissing, isPermanent, systemErrorCode } from './system-error.ts';

export interface FileEntry {
  readonly entry: 'file';
  readonly path: string;
  readonly format: Format;
  readonly stats: BigIntStats;
}

/** What stands in a folder, seen without opening it. */
export type Entry =
  | FileEntry
  | {
      readonly entry: 'skipped';
      readonly path: string;
      readonly reason: string;
      /** A folder that is passed by, though parts of it may have been taken in when they were asked for by name. */
      readonly holdsUnseen: boolean;
    }
  /** It could not be looked at; whatever lies under it is unknown, not gone. */
  | { readonly entry: 'rejected'; readonly path: string; readonly reason: string; readonly message: string };

const concurrentStats = 64;

/**
 * Walks a folder in the order of its names (by code unit), depth first. Symbolic links are never followed: what they
 * point to inside the folder is met anyway, and what lies outside was not asked for.
 * @throws TransientError when the disk fails midway
 */
export async function* walk(folder: string, signal: AbortSignal): AsyncGenerator<Entry> {
  const names = await namesIn(folder);
  if ('entry' in names) {
    yield names;
    return;
  }
  for (let start = 0; start < names.length; start += concurrentStats) {
    signal.throwIfAborted();
    const group = names.slice(start, start + concurrentStats);
    for (const found of await Promise.all(group.map((name) => look(folder, name)))) {
      if (found === undefined) {
        continue;
      }
      if (found.entry === 'folder') {
        yield* walk(found.path, signal);
      } else {
        yield found;
      }
    }
  }
}

/** Sorted; `undefined` stands for a name that is not valid UTF-8, whose bytes no string can hold. */
async function namesIn(folder: string): Promise<Entry | readonly NameInFolder[]> {
  try {
    const names = await readdir(folder, { encoding: 'buffer' });
    return names
      .map((bytes) => {
        const name = bytes.toString('utf8');
        return { name, exact: Buffer.from(name, 'utf8').equals(bytes) };
      })
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    const code = systemErrorCode(error);
    if (isMissing(code)) {
      return []; // Removed since its parent was read.
    }
    if (isPermanent(code)) {
      return { entry: 'rejected', path: folder, reason: 'unreadable', message: `The folder ${folder} cannot be read.` };
    }
    throw new TransientError(`The folder ${folder} could not be listed (${code}).`, { cause: error });
  }
}

interface NameInFolder {
  readonly name: string;
  /** Whether `name` has the very bytes of the name on the disk. */
  readonly exact: boolean;
}

async function look(
  folder: string,
  { name, exact }: NameInFolder,
): Promise<Entry | { readonly entry: 'folder'; readonly path: string } | undefined> {
  const path = join(folder, name);
  if (name === '.git') {
    return { entry: 'skipped', path, reason: 'version_control', holdsUnseen: true };
  }
  if (name === 'node_modules') {
    return { entry: 'skipped', path, reason: 'dependencies', holdsUnseen: true };
  }
  if (name.startsWith('.')) {
    return { entry: 'skipped', path, reason: 'hidden', holdsUnseen: true };
  }
  if (!exact) {
    return {
      entry: 'rejected',
      path,
      reason: 'unsupported_name',
      message: `The name of ${path} is not valid UTF-8: rename it to have it taken in.`,
    };
  }
  try {
    const stats = await lstat(path, { bigint: true });
    if (stats.isDirectory()) {
      return { entry: 'folder', path };
    }
    if (stats.isSymbolicLink()) {
      return { entry: 'skipped', path, reason: 'symbolic_link', holdsUnseen: false };
    }
    if (!stats.isFile()) {
      return { entry: 'skipped', path, reason: 'not_a_file', holdsUnseen: false };
    }
    const format = formatOf(path);
    return format === undefined
      ? { entry: 'skipped', path, reason: 'not_text', holdsUnseen: false }
      : { entry: 'file', path, format, stats };
  } catch (error) {
    const code = systemErrorCode(error);
    if (isMissing(code)) {
      return undefined;
    }
    if (isPermanent(code)) {
      return { entry: 'rejected', path, reason: 'unreadable', message: `${path} cannot be looked at (${code}).` };
    }
    throw new TransientError(`${path} could not be looked at (${code}).`, { cause: error });
  }
}
