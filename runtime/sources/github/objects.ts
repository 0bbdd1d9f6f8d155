import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RejectedInput } from '../../domain/errors.ts';
import { GitFailure, type GitOptions, GitProcess, git } from './git.ts';
import type { RepositoryIdentity } from './identity.ts';

/** Where the objects of a repository lie, and which commit of it is read. */
export interface RepositoryObjects {
  readonly identity: RepositoryIdentity;
  /** Absolute. */
  readonly objectDirectory: string;
  /** `sha1` or `sha256`. */
  readonly objectFormat: string;
  readonly headCommit: string;
  /** What an object that is not there means: left out by the clone for its size, or anything. */
  readonly missing: 'too_large' | 'unknown';
}

const readTimeoutMs = 60 * 60_000;

/**
 * Makes an empty repository of our own that borrows the objects of another one. Read through it, the other's
 * configuration, hooks, owner and promisor remotes have no say.
 */
export async function borrow(
  options: GitOptions,
  objects: RepositoryObjects,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const format = `--object-format=${objects.objectFormat}`;
  await git(options, {
    arguments: ['init', '--quiet', '--bare', '--template=', format, '--', directory],
    timeoutMs: 30_000,
    signal,
  });
  await mkdir(join(directory, 'objects', 'info'), { recursive: true });
  // Quoted, so that any path fits on a line.
  await writeFile(join(directory, 'objects', 'info', 'alternates'), `${JSON.stringify(objects.objectDirectory)}\n`);
}

/** `undefined` where the object is not there, `corrupt` where git cannot read it. */
export type Blob = Buffer | undefined | 'corrupt';

/** Reads blobs by name through one `git cat-file --batch`; a corrupt object costs a restart of it, no more. */
export class BlobReader implements AsyncDisposable {
  readonly #options: GitOptions;
  readonly #gitDirectory: string;
  readonly #signal: AbortSignal;
  #batch: Batch | undefined;

  constructor(options: GitOptions, gitDirectory: string, signal: AbortSignal) {
    this.#options = options;
    this.#gitDirectory = gitDirectory;
    this.#signal = signal;
  }

  /**
   * In order, each with its blob, which is held whole: the caller vouches for its size. All are asked for at once, so
   * their names must fit into a pipe (64 KiB).
   */
  async *read<Item extends { readonly object: string }>(items: readonly Item[]): AsyncGenerator<readonly [Item, Blob]> {
    let done = 0;
    while (done < items.length) {
      this.#batch ??= new Batch(this.#options, this.#gitDirectory, this.#signal);
      const rest = items.slice(done);
      this.#batch.ask(rest.map(({ object }) => object));
      for (const item of rest) {
        const blob = await this.#batch.next();
        done += 1;
        if (blob === 'corrupt') {
          await this[Symbol.asyncDispose]();
        }
        yield [item, blob];
        if (blob === 'corrupt') {
          break;
        }
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const batch = this.#batch;
    this.#batch = undefined;
    await batch?.[Symbol.asyncDispose]();
  }
}

class Batch implements AsyncDisposable {
  readonly #process: GitProcess;
  readonly #chunks: AsyncIterator<Buffer>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(options: GitOptions, gitDirectory: string, signal: AbortSignal) {
    const command = { arguments: ['cat-file', '--batch'], gitDirectory, timeoutMs: readTimeoutMs, signal };
    this.#process = new GitProcess(options, command);
    this.#chunks = (this.#process.stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  ask(objects: readonly string[]): void {
    this.#process.stdin.write(objects.map((object) => `${object}\n`).join(''));
  }

  /** The answer to what was asked first and is not answered yet. */
  async next(): Promise<Blob> {
    let end = this.#pending.indexOf('\n');
    while (end === -1) {
      if (!(await this.#more())) {
        return this.#ended();
      }
      end = this.#pending.indexOf('\n');
    }
    const header = this.#pending.subarray(0, end).toString('latin1');
    const [, , length] = header.split(' ');
    this.#pending = this.#pending.subarray(end + 1);
    if (length === undefined) {
      return undefined;
    }
    return this.#take(Number(length));
  }

  async #take(length: number): Promise<Blob> {
    const parts: Buffer[] = [this.#pending];
    let held = this.#pending.length;
    // The content and the line feed behind it.
    while (held < length + 1) {
      this.#pending = Buffer.alloc(0);
      if (!(await this.#more())) {
        return this.#ended();
      }
      parts.push(this.#pending);
      held += this.#pending.length;
    }
    const whole = parts.length === 1 ? this.#pending : Buffer.concat(parts);
    this.#pending = whole.subarray(length + 1);
    // A copy, so that a stored blob does not keep its neighbours in memory.
    return Buffer.from(whole.subarray(0, length));
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#chunks.next();
    if (done === true) {
      return false;
    }
    this.#pending = this.#pending.length === 0 ? value : Buffer.concat([this.#pending, value]);
    return true;
  }

  /** It only ends by itself when it met an object that it cannot read. */
  async #ended(): Promise<Blob> {
    this.#process.stdin.end();
    try {
      await this.#process.succeeded();
    } catch (error) {
      if (error instanceof GitFailure) {
        return 'corrupt';
      }
      throw error;
    }
    throw new RejectedInput('corrupt_repository', 'git stopped reading objects without saying why.');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}
