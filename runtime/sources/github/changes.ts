import { join } from 'node:path';
import { RejectedInput, TransientError } from '../../domain/errors.ts';
import type { TreeEntry } from './discover.ts';
import { exclusionOfPath } from './exclusions.ts';
import type { KnownFiles } from './files.ts';
import { type GitOptions, git } from './git.ts';
import { BlobReader, borrow, type RepositoryObjects } from './objects.ts';
import { type Remote, transfer } from './remote.ts';
import { isRegularFile, readAttributes, surveyTree, type TreeSurvey, versionOf } from './survey.ts';

export interface ChangesOptions {
  readonly git: GitOptions;
  readonly remote: Remote;
  /** Empty, and the caller's to remove. */
  readonly folder: string;
  /** The commit that was taken in as a whole by the same rules. */
  readonly base: string;
  readonly head: string;
  readonly maximumFiles: number;
  readonly known: KnownFiles;
  readonly needsReadme: (entry: TreeEntry) => boolean;
  readonly signal: AbortSignal;
}

export interface Changes {
  readonly objects: RepositoryObjects;
  /** The files of `base` by key, as `versionOf` says; those that became no document then are none now. */
  readonly before: ReadonlyMap<string, string>;
}

/** When more has changed, or something large, a clone costs little more: it leaves out blobs over 1 MiB. */
const maximumTransfer = 64 * 1024 * 1024;

/**
 * Fetches the trees of two commits and the blobs that differ between them, and no others.
 * @returns undefined when only a clone will do: the old commit is gone, the server does not give out single objects,
 *   attributes have changed, or there is too much
 * @throws the reason of `signal` when it was aborted
 */
export async function fetchChanges(options: ChangesOptions): Promise<Changes | undefined> {
  try {
    return await attempt(options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof RejectedInput || error instanceof TransientError) return undefined;
    throw error;
  }
}

async function attempt(options: ChangesOptions): Promise<Changes | undefined> {
  const { remote, folder, base, head, signal } = options;
  const directory = join(folder, 'changes.git');
  const objects: RepositoryObjects = {
    identity: remote.identity,
    objectDirectory: join(directory, 'objects'),
    objectFormat: head.length === 64 ? 'sha256' : 'sha1',
    headCommit: head,
    missing: 'unknown',
  };
  const format = `--object-format=${objects.objectFormat}`;
  const init = ['init', '--quiet', '--bare', '--template=', format, '--', directory];
  await git(options.git, { arguments: init, timeoutMs: 30_000, signal });
  const commits = [`${head}:refs/heads/head`, ...(base === head ? [] : [`${base}:refs/heads/base`])];
  await fetchInto(options, directory, ['--depth=1', '--filter=blob:none', '--', remote.link, ...commits]);

  const reading = join(folder, 'trees.git');
  await borrow(options.git, objects, reading, signal);
  const before = new Map<string, string>();
  let files = 0;
  const old = await surveyTree(options.git, reading, base, signal, (entry) => {
    files += isRegularFile(entry) ? 1 : 0;
    before.set(entry.key, versionOf(entry));
  });
  const entries: TreeEntry[] = [];
  const survey = await surveyTree(options.git, reading, head, signal, (entry) => {
    if (isRegularFile(entry)) entries.push(entry);
  });
  if (Math.max(files, entries.length) > options.maximumFiles || attributesOf(old) !== attributesOf(survey)) return;
  // It became no code file for being the README, which says nothing about what it is now.
  if (old.readme !== undefined) before.delete(old.readme.key);

  await fetchObjects(options, directory, survey.attributeFiles);
  await fetchObjects(options, directory, await neededEntries(options, reading, survey, entries, before));
  return { objects, before };
}

/** Equal when every path has the same attributes. */
function attributesOf({ attributeFiles }: TreeSurvey): string {
  return attributeFiles.map(({ key, object }) => `${object} ${key}\n`).join('');
}

async function neededEntries(
  { git: gitOptions, known, needsReadme, signal }: ChangesOptions,
  reading: string,
  survey: TreeSurvey,
  entries: readonly TreeEntry[],
  before: ReadonlyMap<string, string>,
): Promise<readonly TreeEntry[]> {
  await using blobs = new BlobReader(gitOptions, reading, signal);
  const attributes = await readAttributes(blobs, survey);
  return entries.filter((entry) => {
    if (entry.key === survey.readme?.key) return needsReadme(entry);
    if (exclusionOfPath(entry.path, attributes.of(entry.path)) !== undefined || known.isUnchanged(entry)) return false;
    return before.get(entry.key) !== versionOf(entry) || known.isStored(entry);
  });
}

/** All in one request, without offering what is here already: the server would send differences to blobs that are not. */
async function fetchObjects(options: ChangesOptions, directory: string, wanted: readonly TreeEntry[]): Promise<void> {
  const objects = [...new Set(wanted.map(({ object }) => object))];
  if (objects.length === 0) return;
  await fetchInto(options, directory, ['--filter=blob:none', '--stdin', '--', options.remote.link], {
    input: `${objects.join('\n')}\n`,
    configuration: [['fetch.negotiationAlgorithm', 'noop']],
  });
}

async function fetchInto(
  { git: gitOptions, remote, signal }: ChangesOptions,
  directory: string,
  what: readonly string[],
  more: { readonly input?: string; readonly configuration?: readonly (readonly [string, string])[] } = {},
): Promise<void> {
  await transfer(gitOptions, remote, {
    arguments: ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', ...what],
    directory,
    isThere: true,
    maximumBytes: maximumTransfer,
    signal,
    ...more,
  });
}
