import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { createInterface } from 'node:readline';
import { TransientError } from '../../domain/errors.ts';
import { versionOf } from './installation.ts';
import { identityOf, killGroup, type ProcessIdentity } from './processes.ts';

const startPatienceMs = 20_000;

/**
 * The shell leads a process group of its own, with the driver and the browser in it, and kills the group when its
 * standard input ends: when this process ends in whatever way, SIGKILL included.
 */
const guardian = '"$@" </dev/null & exec >/dev/null; read -r _; kill -KILL 0';

/** A running chromedriver, and the process group that its browser will be in. */
export class DriverProcess {
  readonly url: string;
  readonly leader: ProcessIdentity | undefined;
  /** The number of its process group. */
  readonly group: number;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess, group: number, leader: ProcessIdentity | undefined) {
    this.url = url;
    this.#child = child;
    this.group = group;
    this.leader = leader;
  }

  /**
   * @param place `folder` is where driver and browser keep what they would keep in a home and a temporary folder
   * @throws RejectedInput `browser_missing` when the driver does not start
   */
  static async start(
    driver: string,
    { folder, searchPath }: { readonly folder: string; readonly searchPath: readonly string[] },
    signal: AbortSignal,
  ): Promise<DriverProcess> {
    const child = spawn('/bin/sh', ['-c', guardian, 'sh', driver, '--port=0', '--log-level=SEVERE'], {
      cwd: folder,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: searchPath.join(delimiter), HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8' },
    });
    child.stdin.on('error', () => {});
    const { pid } = child;
    try {
      const port = await portOf(child, AbortSignal.any([signal, AbortSignal.timeout(startPatienceMs)]));
      if (pid === undefined) throw new TransientError('the shell that starts chromedriver has no process');
      return new DriverProcess(`http://127.0.0.1:${port}`, child, pid, await identityOf(pid));
    } catch (error) {
      child.stdin.end();
      if (pid !== undefined) await killGroup(pid);
      signal.throwIfAborted();
      await versionOf(driver);
      if (error instanceof TransientError) throw error;
      throw new TransientError(`${driver} did not start within ${startPatienceMs} ms`, { cause: error });
    }
  }

  async kill(): Promise<void> {
    this.#child.stdin?.end();
    await killGroup(this.group);
    this.#child.stdout?.destroy();
  }
}

async function portOf(child: ChildProcess, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const ended = () => reject(new TransientError('chromedriver ended as soon as it was started'));
  const aborted = () => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  if (signal.aborted) aborted();
  child.once('error', reject);
  if (child.stdout !== null) {
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const port = /started successfully on port (\d+)/.exec(line)?.[1];
      if (port !== undefined) resolve(port);
    });
    lines.once('close', ended);
  }
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}
