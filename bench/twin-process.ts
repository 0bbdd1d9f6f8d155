import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const root = join(import.meta.dirname, '..');

/** What `twin ingest --json` prints, as far as benchmarks look at it. */
interface IngestOutcome {
  readonly sources: readonly { readonly documents: Readonly<Record<string, number>> }[];
  readonly index: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
}

export interface Measured {
  readonly outcome: IngestOutcome;
  /** From start to end of the process. */
  readonly wallMs: number;
  readonly peakMegabytes: number;
  /** Resident megabytes, one sample a second. */
  readonly samples: readonly number[];
}

/** Runs `twin ingest FOLDER` as a process of its own. Memory is read from /proc, so on Linux only. */
export async function measureIngest(home: string, folder: string): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, [...(await nodeArguments()), 'ingest', folder, '--author', 'Bench', '--json'], {
    cwd: root,
    env: { PATH: process.env['PATH'], TWIN_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = json(child.stdout) as Promise<IngestOutcome>;
  const ended = once(child, 'close');
  const samples: number[] = [];
  let peakMegabytes = 0;
  let running = true;
  const sampling = (async () => {
    while (running) {
      const memory = await memoryOf(child.pid);
      if (memory !== undefined) {
        samples.push(Math.round(memory.residentMegabytes));
        peakMegabytes = Math.max(peakMegabytes, memory.peakMegabytes);
      }
      await Promise.race([delay(1000), ended]);
    }
  })();
  const outcome = await output;
  await ended;
  const wallMs = performance.now() - started;
  running = false;
  await sampling;
  return { outcome, wallMs, peakMegabytes: Math.round(peakMegabytes), samples };
}

/** Of `npm run twin`, whose own process would stand between. */
async function nodeArguments(): Promise<readonly string[]> {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: { twin: string } };
  return scripts.twin.split(' ').slice(1);
}

async function memoryOf(
  pid: number | undefined,
): Promise<{ residentMegabytes: number; peakMegabytes: number } | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const megabytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1000;
    const residentMegabytes = megabytes('VmRSS');
    // A process that has just ended has no memory any more.
    return Number.isNaN(residentMegabytes) ? undefined : { residentMegabytes, peakMegabytes: megabytes('VmHWM') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ESRCH') {
      return undefined;
    }
    throw error;
  }
}
