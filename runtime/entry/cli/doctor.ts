import { execFile } from 'node:child_process';
import { access, constants, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { messageOf } from '../../domain/errors.ts';
import { makeFolder } from '../make-folder.ts';
import type { CommandContext, CommandTools } from './context.ts';
import { styled } from './terminal.ts';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Without it nothing works; otherwise only something does not. */
  readonly required: boolean;
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

const leastNode = [22, 19] as const;
/** Older ones ignore the option that holds git to an address that was checked. */
const leastGit = [2, 37] as const;
const leastFreeBytes = 500_000_000;

export function addDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .summary('what works on this machine, what is missing, what to do')
    .addHelpText(
      'after',
      '\nExamples:\n  twin doctor\n  twin doctor --json\n\nExit status: 0 when everything that is required works.',
    )
    .action(() =>
      context.run('doctor', async (tools) => {
        const checks = [
          node(),
          await git(),
          await chromium(tools),
          await workspace(tools),
          sqlite(),
          await backends(tools),
        ];
        const ok = checks.every((check) => check.ok || !check.required);
        if (tools.terminal.json) {
          tools.terminal.out(JSON.stringify({ ok, checks }));
        } else {
          for (const check of checks) show(check, tools);
        }
        return ok ? 0 : 1;
      }),
    );
}

function show({ name, ok, required, detail, remedy }: Check, { terminal }: CommandTools): void {
  const mark = ok ? styled('green', '✓') : required ? styled('red', '✗') : styled('yellow', '!');
  terminal.out(`${mark} ${name.padEnd(10)} ${detail}`);
  if (!ok && remedy !== undefined) terminal.out(`  ${' '.repeat(10)} → ${remedy}`);
}

function node(): Check {
  return {
    name: 'Node.js',
    ok: isAtLeast(process.versions.node, leastNode),
    required: true,
    detail: `${process.versions.node} (at least ${leastNode.join('.')} is needed)`,
    remedy: 'start commands through `npm run twin --`, which brings its own Node.js',
  };
}

function isAtLeast(version: string, [leastMajor, leastMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

async function git(): Promise<Check> {
  const remedy = `apt-get install git (at least ${leastGit.join('.')}, to take in repositories)`;
  const check = { name: 'git', required: false, remedy };
  try {
    const { stdout } = await promisify(execFile)('git', ['--version']);
    const version = /\d+(\.\d+)+/.exec(stdout)?.[0] ?? '';
    return { ...check, ok: isAtLeast(version, leastGit), detail: version };
  } catch (error) {
    return { ...check, ok: false, detail: `not found: ${messageOf(error)}` };
  }
}

/** Starts one, as only that shows whether the libraries that it needs are there. */
async function chromium({ config }: CommandTools): Promise<Check> {
  const [{ findInstallation, versionOf, checkVersions, browserRemedy }, { tryBrowser }] = await Promise.all([
    import('../../adapters/chrome/installation.ts'),
    import('../../adapters/chrome/try-browser.ts'),
  ]);
  const { searchPath, home, crawl } = config;
  const remedy = `${browserRemedy} (for LinkedIn, and for pages that show their text to browsers only)`;
  const check = { name: 'Chromium', required: false, remedy };
  try {
    const installation = await findInstallation({ ...crawl.browser, searchPath });
    const [version, driverVersion] = await Promise.all([
      versionOf(installation.binary),
      versionOf(installation.driver),
    ]);
    checkVersions(version, driverVersion);
    const milliseconds = await tryBrowser({ installation, searchPath, temporaryFolder: join(home, 'temporary') });
    const found = `${version} at ${installation.binary}, chromedriver ${driverVersion} at ${installation.driver}`;
    return { ...check, ok: true, detail: `${found}, starts in ${milliseconds} ms` };
  } catch (error) {
    return { ...check, ok: false, detail: messageOf(error) };
  }
}

async function workspace({ config }: CommandTools): Promise<Check> {
  const { home } = config;
  const check = { name: 'Workspace', required: true, remedy: 'set TWIN_HOME to a folder of yours with free space' };
  try {
    await makeFolder(home);
    await access(home, constants.R_OK | constants.W_OK);
    const { bavail, bsize } = await statfs(home);
    const free = bavail * bsize;
    const detail = `${home}, ${megabytes(free)} free (at least ${megabytes(leastFreeBytes)} are needed)`;
    return { ...check, ok: free >= leastFreeBytes, detail };
  } catch (error) {
    return { ...check, ok: false, detail: messageOf(error) };
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}

function sqlite(): Check {
  const check = { name: 'SQLite', required: true, remedy: 'use the Node.js that `npm run` brings' };
  try {
    const database = new DatabaseSync(':memory:');
    database.exec('CREATE VIRTUAL TABLE words USING fts5(text)');
    const version = database.prepare('SELECT sqlite_version() AS version').get()?.['version'];
    database.close();
    return { ...check, ok: true, detail: `${version} with full-text search` };
  } catch (error) {
    return { ...check, ok: false, detail: messageOf(error) };
  }
}

async function backends({ open }: CommandTools): Promise<Check> {
  const check = { name: 'Backends', required: true };
  try {
    await using opened = await open('read');
    await (await opened.crawlQueue()).depth();
    await (await opened.changeQueue()).depth();
    await opened.features.counts();
    const detail = Object.entries(opened.describe())
      .map(([port, backend]) => `${port}: ${backend}`)
      .join(', ');
    return { ...check, ok: true, detail };
  } catch (error) {
    return { ...check, ok: false, detail: messageOf(error) };
  }
}
