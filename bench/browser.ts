import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ChromePool } from '../runtime/adapters/chrome/chrome-pool.ts';
import { DnsHostResolver } from '../runtime/adapters/http/dns-host-resolver.ts';
import { page, ReplicaServer } from '../test/replica/server.ts';
import { rounded } from './statistics.ts';

const pages = 100;
const pagesWithOneEach = 20;
const browsers = 2;

/** Pages that scripts build, with two at once: from browsers that stay, and from one that is started for each page. */
export async function benchBrowser(): Promise<Record<string, unknown>> {
  const script = `document.body.innerHTML = Array.from({ length: 200 }, (_, i) => '<p>Paragraph ' + i + '</p>').join('')`;
  await using site = await ReplicaServer.start({
    routes: { '/': { body: page('Bench', `<script>${script}</script>`) } },
  });
  const pooled = await pagesPerSecond(site, { pagesEach: 1_000, count: pages });
  const oneEach = await pagesPerSecond(site, { pagesEach: 1, count: pagesWithOneEach });
  return {
    pages,
    pagesWithOneEach,
    browsers,
    pagesPerSecond: { pool: rounded(pooled, 2), oneBrowserAPage: rounded(oneEach, 2) },
    times: rounded(pooled / oneEach),
  };
}

/** The start of the browsers included. */
async function pagesPerSecond(
  site: ReplicaServer,
  { pagesEach, count }: { readonly pagesEach: number; readonly count: number },
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'twinstream-bench-'));
  const pool = new ChromePool({
    installation: { searchPath: (process.env['PATH'] ?? '').split(delimiter) },
    browsers,
    pagesEach,
    megabytesEach: 4_000,
    timeouts: { loadMs: 30_000, scriptMs: 10_000 },
    userAgent: 'Twinstream/0.1',
    resolver: new DnsHostResolver({ allowPrivate: true }),
    politeness: { schedule: (_url, _signal, task) => task() },
    temporaryFolder: folder,
    screenshotFolder: folder,
  });
  const { signal } = new AbortController();
  const started = performance.now();
  try {
    const visits = Array.from({ length: count }, () =>
      pool.visit(site.url('/'), { signal }, async (opened) => {
        const html = await opened.html();
        if (!html.includes('Paragraph 199')) throw new Error('the page was not built');
      }),
    );
    await Promise.all(visits);
    return count / ((performance.now() - started) / 1000);
  } finally {
    await pool[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}
