import { readdir, readFile } from 'node:fs/promises';

/** The processes whose command line names a folder, and so are of the browsers that have their profiles there. */
export async function processesUnder(
  folder: string,
): Promise<{ readonly pid: number; readonly isRenderer: boolean }[]> {
  const found = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const [commandLine, environment] = await Promise.all(
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    );
    if (!`${commandLine}${environment}`.includes(`${folder}/`)) continue;
    found.push({ pid: Number(name), isRenderer: commandLine?.includes('--type=renderer') === true });
  }
  return found;
}
