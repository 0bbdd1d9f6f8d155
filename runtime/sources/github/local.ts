import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RejectedInput } from '../../domain/errors.ts';
import { GitFailure, type GitOptions, git } from './git.ts';
import type { GithubSite } from './identity.ts';
import { identityOfLocal } from './local-identity.ts';
import type { RepositoryObjects } from './objects.ts';

const timeoutMs = 30_000;

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function realPathOf(link: URL): Promise<string | undefined> {
  try {
    return await realpath(fileURLToPath(link));
  } catch {
    return undefined;
  }
}

/** Where the repository of a folder lies, judged by the names in it alone. */
interface RepositoryFolder {
  /** Real path. */
  readonly top: string;
  readonly gitDirectory: string;
  readonly bare: boolean;
}

/** @returns undefined when there is none, or nothing that can be looked at */
async function repositoryFolder(link: URL): Promise<RepositoryFolder | undefined> {
  const top = await realPathOf(link);
  if (top === undefined) {
    return undefined;
  }
  if (await exists(join(top, '.git'))) {
    return { top, gitDirectory: join(top, '.git'), bare: false };
  }
  const looksBare = (await exists(join(top, 'objects'))) && (await exists(join(top, 'HEAD')));
  return looksBare ? { top, gitDirectory: top, bare: true } : undefined;
}

/**
 * Whether a link is the top of a repository, or says by its name that it should be. A stray or damaged `.git` counts
 * when it holds objects: then its owner meant a repository and wants to hear that it is broken.
 */
export async function isLocalRepository(options: GitOptions, link: URL): Promise<boolean> {
  if (/\.git\/?$/.test(link.pathname)) {
    return true;
  }
  const folder = await repositoryFolder(link);
  if (folder === undefined) {
    return false;
  }
  if (await exists(join(folder.gitDirectory, 'objects'))) {
    return true;
  }
  try {
    const { gitDirectory } = folder;
    await git(options, {
      arguments: ['rev-parse', '--git-dir'],
      gitDirectory,
      timeoutMs,
      signal: new AbortController().signal,
    });
    return true;
  } catch (error) {
    if (error instanceof GitFailure) {
      return false;
    }
    throw error;
  }
}

/**
 * Finds what must be known to read a repository in place. Its configuration is asked for the object format and the
 * origin, and for nothing else: the objects are read through a directory of our own.
 * @throws RejectedInput `not_a_repository`, `empty_repository`, `corrupt_repository`
 */
export async function openLocal(
  options: GitOptions,
  site: GithubSite,
  link: URL,
  signal: AbortSignal,
): Promise<RepositoryObjects> {
  const folder = await repositoryFolder(link);
  if (folder === undefined) {
    throw new RejectedInput('not_a_repository', `There is no git repository at ${link.href}.`);
  }
  const { gitDirectory, top, bare } = folder;
  const ask = async (...questions: string[]): Promise<string> =>
    (await git(options, { arguments: questions, gitDirectory, timeoutMs, signal })).trimEnd();
  const askIfSet = (...questions: string[]): Promise<string | undefined> => ask(...questions).catch(undefinedOnFailure);

  const objects = await ask('rev-parse', '--path-format=absolute', '--git-path', 'objects').catch((error: unknown) => {
    if (error instanceof GitFailure) {
      throw new RejectedInput('not_a_repository', `${top} is no repository that git can read: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  });
  const headCommit = await askIfSet('rev-parse', '--verify', 'HEAD');
  if (headCommit === undefined) {
    const branch = await askIfSet('symbolic-ref', '-q', 'HEAD');
    const reference =
      branch === undefined ? undefined : await ask('rev-parse', '--path-format=absolute', '--git-path', branch);
    if (branch !== undefined && (reference === undefined || !(await exists(reference)))) {
      throw new RejectedInput('empty_repository', `The repository at ${top} has no commit yet.`);
    }
    throw new RejectedInput('corrupt_repository', `HEAD of the repository at ${top} leads to no commit.`);
  }
  const objectFormat = await ask('rev-parse', '--show-object-format');
  const origin = await askIfSet('config', '--get', 'remote.origin.url');
  return {
    identity: identityOfLocal(top, bare, origin, site),
    objectDirectory: objects,
    objectFormat,
    headCommit,
    missing: 'unknown',
  };
}

function undefinedOnFailure(error: unknown): undefined {
  if (!(error instanceof GitFailure)) {
    throw error;
  }
}
