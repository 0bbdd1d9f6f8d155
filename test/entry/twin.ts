import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const entry = join(import.meta.dirname, '../../runtime/entry/cli.ts');

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own for a test; removed afterwards. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(tmpdir(), 'twinstream-test-')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/**
 * Starts `twin` as a user would, with the workspace `home` and nothing else of this process's configuration. The servers
 * of tests need no rest between two requests.
 */
export function startTwin(
  home: string,
  commandLine: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): ChildProcess {
  const environment = {
    PATH: process.env['PATH'],
    HOME: home,
    TWIN_HOME: home,
    NO_COLOR: '1',
    CRAWL_INTERVAL_MS: '0',
    ...variables,
  };
  return spawn(process.execPath, [entry, ...commandLine], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs `twin` to its end. */
export async function twin(
  home: string,
  commandLine: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = startTwin(home, commandLine, variables);
  const [stdout, stderr] = await Promise.all([outputOf(child.stdout), outputOf(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, stdout, stderr };
}

async function outputOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? '' : await text(stream);
}
