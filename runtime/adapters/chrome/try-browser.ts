import { ChromeBrowser } from './chrome-browser.ts';
import { chromeOptions } from './chrome-options.ts';
import type { Installation } from './installation.ts';
import { ProfileFolder } from './profile-folder.ts';

const timeouts = { loadMs: 10_000, scriptMs: 10_000 };
const noProxyPort = 9;

/**
 * Starts a browser and ends it; it reaches no network.
 * @returns how many milliseconds the start took
 * @throws RejectedInput `browser_missing`, `browser_mismatch`
 * @throws TransientError when it does not start
 */
export async function tryBrowser({
  installation,
  searchPath,
  temporaryFolder,
}: {
  readonly installation: Installation;
  readonly searchPath: readonly string[];
  readonly temporaryFolder: string;
}): Promise<number> {
  const profile = await ProfileFolder.create(temporaryFolder);
  try {
    const options = chromeOptions({
      binary: installation.binary,
      profileFolder: profile.path,
      userAgent: 'Twinstream',
      proxyPort: noProxyPort,
    });
    const started = performance.now();
    const signal = new AbortController().signal;
    const browser = await ChromeBrowser.start({ installation, searchPath, profile, options, timeouts, signal });
    const milliseconds = Math.round(performance.now() - started);
    await browser.quit();
    return milliseconds;
  } finally {
    await profile.remove();
  }
}
