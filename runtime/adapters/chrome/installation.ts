import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, RejectedInput } from '../../domain/errors.ts';

export interface InstallationOptions {
  /** Default: as found in `searchPath`. */
  readonly binary?: string | undefined;
  readonly driver?: string | undefined;
  readonly searchPath: readonly string[];
}

export interface Installation {
  readonly binary: string;
  readonly driver: string;
}

export const browserRemedy =
  'apt-get install chromium chromium-driver, or set CHROME_BINARY and CHROMEDRIVER to where they are';

const binaryNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const driverNames = ['chromedriver'];
const versionTimeoutMs = 10_000;

/** @throws RejectedInput `browser_missing`, with what is missing and what to do about it */
export async function findInstallation({ binary, driver, searchPath }: InstallationOptions): Promise<Installation> {
  const [foundBinary, foundDriver] = await Promise.all([
    firstExecutable(binary === undefined ? candidates(searchPath, binaryNames) : [binary]),
    firstExecutable(driver === undefined ? candidates(searchPath, driverNames) : [driver]),
  ]);
  if (foundBinary !== undefined && foundDriver !== undefined) return { binary: foundBinary, driver: foundDriver };
  const missing = [
    ...(foundBinary === undefined ? [`no Chrome or Chromium${binary === undefined ? '' : ` at ${binary}`}`] : []),
    ...(foundDriver === undefined ? [`no chromedriver${driver === undefined ? '' : ` at ${driver}`}`] : []),
  ];
  throw new RejectedInput('browser_missing', `there is ${missing.join(' and ')}: ${browserRemedy}`);
}

/** @throws RejectedInput `browser_mismatch` when they are of different major versions, which never works */
export function checkVersions(binaryVersion: string, driverVersion: string): void {
  if (majorOf(binaryVersion) === majorOf(driverVersion)) return;
  throw new RejectedInput(
    'browser_mismatch',
    `Chromium is ${binaryVersion} and chromedriver is ${driverVersion}: both must be of the same major version; ${browserRemedy}`,
  );
}

/** Of a browser or a driver, such as `150.0.7871.100`. @throws RejectedInput `browser_missing` when it does not start */
export async function versionOf(executable: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(executable, ['--version'], { timeout: versionTimeoutMs });
    return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? stdout.trim().slice(0, 100);
  } catch (error) {
    const message = `${executable} does not start (${messageOf(error)}): ${browserRemedy}`;
    throw new RejectedInput('browser_missing', message, { cause: error });
  }
}

function majorOf(version: string): string {
  return version.split('.', 1)[0] ?? '';
}

function candidates(searchPath: readonly string[], names: readonly string[]): string[] {
  return searchPath.filter((folder) => folder !== '').flatMap((folder) => names.map((name) => join(folder, name)));
}

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}
