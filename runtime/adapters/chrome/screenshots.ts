import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const kept = 50;

/** Pictures of pages that went wrong, the newest ones only. */
export class Screenshots {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param png base64. @returns the path of its file */
  async keep(png: string, host: string): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const path = join(this.#folder, `${time}-${host.replaceAll(/[^\w.-]/g, '_').slice(0, 100)}.png`);
    await writeFile(path, png, { encoding: 'base64', mode: 0o600 });
    // The names start with the time, so they sort by age.
    const pictures = (await readdir(this.#folder)).filter((name) => name.endsWith('.png')).sort();
    await Promise.all(pictures.slice(0, -kept).map((name) => rm(join(this.#folder, name), { force: true })));
    return path;
  }
}
