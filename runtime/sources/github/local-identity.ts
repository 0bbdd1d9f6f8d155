import { pathToFileURL } from 'node:url';
import { type GithubSite, otherIdentity, type RepositoryIdentity } from './identity.ts';
import { isOnGithub, targetOf } from './links.ts';

/** `git@host:owner/name.git`, as git writes ssh links in short. */
const shortSshLink = /^(?:[^@/\s]+@)?([\w.-]+):(?!\/\/)([^\s]+)$/;

/** @returns undefined when the origin is no link to a host (a path, another protocol) */
function identityOfOrigin(origin: string, site: GithubSite): RepositoryIdentity | undefined {
  const short = shortSshLink.exec(origin);
  const text = short === null ? origin : `https://${short[1]}/${short[2]}`;
  const link = URL.canParse(text) ? new URL(text) : undefined;
  if (link === undefined || !/^(?:https?|ssh|git):$/.test(link.protocol) || link.hostname === '') {
    return undefined;
  }
  const secure = URL.parse(`https://${link.hostname}${link.pathname}`);
  if (secure === null) return undefined;
  if (!isOnGithub(secure, site)) return otherIdentity(secure);
  const target = targetOf(secure, site);
  return target?.task === 'fetch' ? target.identity : undefined;
}

/**
 * A clone of something on a host is that, wherever it lies; any other local repository is known by its real path.
 * @param top of the worktree, or the repository itself when it is bare
 */
export function identityOfLocal(
  top: string,
  bare: boolean,
  origin: string | undefined,
  site: GithubSite,
): RepositoryIdentity {
  const known = origin === undefined ? undefined : identityOfOrigin(origin, site);
  if (known !== undefined) {
    return known;
  }
  const link = pathToFileURL(top).href;
  // The key is a link and not a path: under its path a file may also be taken in by itself, which is another document.
  const linkOf = (path: string): string => (bare ? `${link}#${path}` : `${link}/${path}`);
  return { key: `${link}#`, name: link, link, hosted: undefined, linkOf, imageLinkOf: linkOf };
}
