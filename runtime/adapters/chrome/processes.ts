import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A process, told apart from a later one with the same number by when it started. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In the kernel's clock ticks since the machine started. */
  readonly startedAt: number;
}

interface ProcessStatus extends ProcessIdentity {
  readonly group: number;
  readonly isZombie: boolean;
  readonly residentBytes: number;
}

const pageBytes = 4096;
const killPatienceMs = 5_000;

/** @returns undefined when there is no such process, or no /proc to ask */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const status = await statusOf(String(pid));
  return status === undefined || status.isZombie ? undefined : { pid, startedAt: status.startedAt };
}

export async function isRunning({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
  return (await identityOf(pid))?.startedAt === startedAt;
}

/** Resident memory of all processes of a group; what they share counts for each. 0 where there is no /proc. */
export async function residentBytesOf(group: number): Promise<number> {
  return (await membersOf(group)).reduce((sum, { residentBytes }) => sum + residentBytes, 0);
}

/** Ends a process group at once and waits until it is gone, for some seconds at most. */
export async function killGroup(group: number): Promise<void> {
  const deadline = Date.now() + killPatienceMs;
  do {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // Nobody is left, not even a process that waits to be collected.
      return;
    }
    if ((await membersOf(group)).length === 0) return;
    await delay(20);
  } while (Date.now() < deadline);
}

async function membersOf(group: number): Promise<ProcessStatus[]> {
  const names = await readdir('/proc').catch(() => []);
  const statuses = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(statusOf));
  return statuses
    .filter((status) => status?.group === group && !status.isZombie)
    .filter((status) => status !== undefined);
}

/** Field numbers as in proc(5), where the name of the program, which may contain anything, is the second. */
async function statusOf(pid: string): Promise<ProcessStatus | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, group, startedAt, residentPages] = [fields[0], fields[2], fields[19], fields[21]];
  if (state === undefined || residentPages === undefined) return undefined;
  return {
    pid: Number(pid),
    startedAt: Number(startedAt),
    group: Number(group),
    isZombie: state === 'Z' || state === 'X',
    residentBytes: Number(residentPages) * pageBytes,
  };
}
