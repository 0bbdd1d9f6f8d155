import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { identityOf, isRunning, killGroup, type ProcessIdentity } from './processes.ts';

const prefix = 'chrome-';
const identity = z.object({ pid: z.int().min(2), startedAt: z.number() });
const ownersFile = z.object({ owner: identity.optional(), leader: identity.optional() });

/** A folder for all that one browser writes. It says whose it is, so that a later process can clear up after a killed one. */
export class ProfileFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @param parent is created where it is missing */
  static async create(parent: string): Promise<ProfileFolder> {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    const folder = new ProfileFolder(await mkdtemp(join(parent, prefix)));
    await folder.record(undefined);
    return folder;
  }

  /** @param leader of the process group that writes here from now on */
  async record(leader: ProcessIdentity | undefined): Promise<void> {
    const owner = await identityOf(process.pid);
    await writeFile(join(this.path, 'owner.json'), JSON.stringify({ owner, leader }), { mode: 0o600 });
  }

  /** What a browser that was killed left behind would keep the next one from starting with this profile. */
  async unlock(): Promise<void> {
    await Promise.all(
      ['SingletonLock', 'SingletonSocket', 'SingletonCookie', 'DevToolsActivePort'].map((name) =>
        rm(join(this.path, name), { force: true }),
      ),
    );
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/**
 * Removes the folders of processes that are no more, and ends what is left of their browsers: only processes that are
 * recorded there, and only when they are still the ones that were recorded. Where there is no /proc, owners cannot be told
 * apart: it is for a process that has the folder to itself, before its first browser.
 */
export async function removeStaleProfiles(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  await Promise.all(
    names
      .filter((name) => name.startsWith(prefix))
      .map(async (name) => {
        const path = join(parent, name);
        const { owner, leader } = await ownersOf(path);
        if (owner !== undefined && (await isRunning(owner))) return;
        if (leader !== undefined && (await isRunning(leader))) await killGroup(leader.pid);
        await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      }),
  );
}

async function ownersOf(path: string): Promise<z.infer<typeof ownersFile>> {
  try {
    const parsed = ownersFile.safeParse(JSON.parse(await readFile(join(path, 'owner.json'), 'utf8')));
    return parsed.data ?? {};
  } catch {
    return {};
  }
}
