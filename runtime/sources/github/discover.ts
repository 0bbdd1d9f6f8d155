import { isUtf8 } from 'node:buffer';
import { RejectedInput } from '../../domain/errors.ts';
import { decodeText } from '../../domain/text-encoding.ts';
import { GitFailure, type GitOptions, GitProcess } from './git.ts';

/** A file as a commit lists it. */
export interface TreeEntry {
  /** Octal, as git writes it: `100644`, `100755`, `120000` (symbolic link), `160000` (submodule). */
  readonly mode: string;
  readonly object: string;
  /** In bytes; undefined where the object is not there. */
  readonly size: number | undefined;
  /** As a person reads it. */
  readonly path: string;
  /** Different for every path, also where two read the same: a name that is not UTF-8 is quoted as git quotes it. */
  readonly key: string;
  /** Percent-encoded, byte by byte. */
  readonly urlPath: string;
}

const timeoutMs = 10 * 60_000;
/** Of one path; git itself has no limit, file systems have 4 KiB. */
const maximumEntry = 64 * 1024;
const nul = 0;

/**
 * Every file of a commit, in git's order. Needs no blob to be there.
 * @throws RejectedInput `corrupt_repository` when a tree or the commit cannot be read
 */
export async function* listTree(
  options: GitOptions,
  gitDirectory: string,
  commit: string,
  signal: AbortSignal,
): AsyncGenerator<TreeEntry> {
  const listing = ['ls-tree', '-r', '-l', '-z', '--full-tree', commit];
  await using running = new GitProcess(options, { arguments: listing, gitDirectory, timeoutMs, signal });
  running.stdin.end();
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of running.stdout as AsyncIterable<Buffer>) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let start = 0;
    for (let end = pending.indexOf(nul); end !== -1; end = pending.indexOf(nul, start)) {
      yield entryOf(pending.subarray(start, end));
      start = end + 1;
    }
    pending = pending.subarray(start);
    if (pending.length > maximumEntry) {
      throw new RejectedInput('corrupt_repository', `A path in commit ${commit} is longer than ${maximumEntry} bytes.`);
    }
  }
  try {
    await running.succeeded();
  } catch (error) {
    if (error instanceof GitFailure) {
      throw new RejectedInput(
        'corrupt_repository',
        `The files of commit ${commit} cannot be listed: ${error.message}`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

function entryOf(line: Buffer): TreeEntry {
  const tab = line.indexOf('\t');
  const [mode = '', , object = '', size] = line.subarray(0, tab).toString('latin1').split(/ +/);
  const bytes = line.subarray(tab + 1);
  const readable = isUtf8(bytes);
  return {
    mode,
    object,
    size: size !== undefined && /^\d+$/.test(size) ? Number(size) : undefined,
    path: readable ? bytes.toString('utf8') : decodeText(bytes),
    key: readable ? bytes.toString('utf8') : quoted(bytes),
    urlPath: percentEncoded(bytes),
  };
}

/** As git prints unusual paths: in quotes, bytes beyond ASCII in octal. */
function quoted(bytes: Buffer): string {
  const escaped = bytes.toString('latin1').replaceAll(/[^ !#-[\]-~]/g, (character) => {
    const code = character.charCodeAt(0);
    return character === '"' || character === '\\' ? `\\${character}` : `\\${code.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped}"`;
}

function percentEncoded(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(
      /[^\w.~!$&'()*+,;=:@/-]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
}
