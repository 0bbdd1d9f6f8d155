import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { Misconfigured, TransientError } from '../../domain/errors.ts';

/** How git is run; the same for every command of a source. */
export interface GitOptions {
  /** Where `git` is looked up, as PATH. */
  readonly searchPath: string;
}

export interface GitCommand {
  readonly arguments: readonly string[];
  /** Sets GIT_DIR: nothing is discovered, so nobody's ownership or configuration decides what is read. */
  readonly gitDirectory?: string | undefined;
  /** Settings for this run only. They travel in the environment, which other users cannot see. */
  readonly configuration?: readonly (readonly [name: string, value: string])[] | undefined;
  /** What it reads from its standard input. Default: nothing. */
  readonly input?: string | undefined;
  /** Transports that may be used, as GIT_ALLOW_PROTOCOL. Default: none. */
  readonly protocols?: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Git ended with another code than 0. What it said is bounded and free of credentials. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure';
  readonly stderr: string;

  constructor(command: string, code: number | string, stderr: string) {
    super(`git ${command} ended with ${code}: ${stderr.trim()}`);
    this.stderr = stderr;
  }
}

const maximumStderr = 8 * 1024;
const maximumStdout = 1024 * 1024;

/** Takes user and password out of every link in a text. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@'"]*@/gi, '$1');
}

/**
 * Nothing of the machine's configuration, no prompt, no helper, no hook, no download on demand, and messages in
 * English, which is how failures are told apart.
 */
function environmentOf(options: GitOptions, command: GitCommand): Record<string, string> {
  const configuration: readonly (readonly [string, string])[] = [
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['credential.helper', ''],
    ['safe.directory', '*'],
    ...(command.configuration ?? []),
  ];
  return {
    PATH: options.searchPath,
    // A home without .gitconfig, .netrc and ssh keys.
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_ALLOW_PROTOCOL: command.protocols ?? '',
    GIT_CONFIG_COUNT: String(configuration.length),
    ...Object.fromEntries(
      configuration.flatMap(([name, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, name],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
    ...(command.gitDirectory === undefined ? {} : { GIT_DIR: command.gitDirectory }),
  };
}

/**
 * A running git in a process group of its own, so that what it starts (git-remote-https, index-pack) ends with it.
 * It is killed when time is up, when the signal is aborted, and when it is disposed of.
 */
export class GitProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #closed: Promise<number | string>;
  readonly #name: string;
  readonly #command: GitCommand;
  readonly #deadline: AbortSignal;
  #stderr = '';

  constructor(options: GitOptions, command: GitCommand) {
    this.#command = command;
    this.#name = command.arguments[0] ?? '';
    this.#deadline = AbortSignal.timeout(command.timeoutMs);
    const kill = (): void => this.#kill();
    this.#child = spawn('git', [...command.arguments], {
      env: environmentOf(options, command),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      cwd: '/',
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-maximumStderr);
    });
    // A closed pipe is told by the exit code and what git said, not by the failed write.
    this.#child.stdin.on('error', () => undefined);
    for (const signal of [this.#deadline, command.signal]) {
      signal.addEventListener('abort', kill, { once: true });
    }
    const { promise, resolve, reject } = Promise.withResolvers<number | string>();
    this.#closed = promise.finally(() => command.signal.removeEventListener('abort', kill));
    this.#closed.catch(() => undefined);
    this.#child.once('error', (error) => {
      reject(new Misconfigured('git could not be started: install it, or put it on the PATH.', { cause: error }));
    });
    this.#child.once('close', (code, signalName) => resolve(code ?? signalName ?? 'unknown'));
    if (command.signal.aborted) {
      kill();
    }
  }

  get stdin(): Writable {
    return this.#child.stdin;
  }

  get stdout(): Readable {
    return this.#child.stdout;
  }

  /**
   * Waits for the end.
   * @throws GitFailure when it ended with another code than 0
   * @throws TransientError when time was up
   * @throws the reason of the signal when it was aborted
   */
  async succeeded(): Promise<void> {
    const code = await this.#closed;
    this.#command.signal.throwIfAborted();
    if (code === 0) {
      return;
    }
    if (this.#deadline.aborted) {
      const seconds = Math.round(this.#command.timeoutMs / 1000);
      throw new TransientError(`git ${this.#name} did not end within ${seconds} s.`);
    }
    throw new GitFailure(this.#name, code, withoutCredentials(this.#stderr));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
    await this.#closed.catch(() => undefined);
  }

  #kill(): void {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) {
      return;
    }
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch (error) {
      // It ended between the look and the signal.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) {
        throw error;
      }
    }
  }
}

/** Runs git to its end. @returns what it printed, at most 1 MiB. @throws as GitProcess.succeeded */
export async function git(options: GitOptions, command: GitCommand): Promise<string> {
  await using running = new GitProcess(options, command);
  running.stdin.end(command.input);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of running.stdout as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maximumStdout) {
      chunks.push(chunk);
    }
  }
  await running.succeeded();
  return Buffer.concat(chunks).toString('utf8');
}
