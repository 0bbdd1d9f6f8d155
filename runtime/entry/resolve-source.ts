import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CrawlJob } from '../domain/crawl-job.ts';
import { messageOf, RejectedInput } from '../domain/errors.ts';
import type { Source } from '../ports/source.ts';

/** A link's scheme. A single letter is a Windows drive, not a scheme. */
const scheme = /^([a-z][a-z0-9+.-]+):/i;

/**
 * Finds out what a person means by SOURCE: a link, or a path of this machine (relative ones start at `startFolder`).
 * @returns what a crawl job is to do
 * @throws RejectedInput `not_found`, `unsupported_scheme`, `malformed_link`, `unsupported_link`
 */
export async function resolveSource(
  text: string,
  startFolder: string,
  sources: readonly Source[],
): Promise<Pick<CrawlJob, 'url' | 'task' | 'platform'>> {
  const path = resolve(startFolder, text);
  const link = scheme.test(text) && !existsSync(path) ? linkOf(text) : pathToFileURL(existing(path, text));
  for (const source of sources) {
    const task = await source.taskFor(link);
    if (task !== undefined) return { url: link.href, task, platform: source.platform };
  }
  throw new RejectedInput('unsupported_link', `${text}: no source takes this link`);
}

function linkOf(text: string): URL {
  if (!URL.canParse(text)) throw new RejectedInput('malformed_link', `${text} is not a well-formed link`);
  const link = new URL(text);
  if (link.protocol === 'file:') return pathToFileURL(existing(pathOf(link, text), text));
  if (link.username !== '' || link.password !== '') {
    throw new RejectedInput(
      'credentials_in_link',
      `the link to ${link.host} holds a user name or password, which would be stored with it: give it without them`,
    );
  }
  if (link.protocol !== 'https:' && link.protocol !== 'http:') {
    throw new RejectedInput(
      'unsupported_scheme',
      `${text} has the scheme "${link.protocol.slice(0, -1)}"; links start with https://, http:// or file://`,
    );
  }
  return link;
}

/** A file: link may name another host, or have what no path can have (`%2F`, `%ZZ`). */
function pathOf(link: URL, shown: string): string {
  try {
    return fileURLToPath(link);
  } catch (error) {
    throw new RejectedInput('malformed_link', `${shown} names no file of this machine: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function existing(path: string, shown: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const isDomain = /^[\w-]+(\.[\w-]+)+(\/|$)/.test(shown);
    const hint = isDomain ? `; if you mean the web page, write https://${shown}` : '';
    throw new RejectedInput('not_found', `there is no file or folder ${shown}${hint}`, { cause: error });
  }
}
