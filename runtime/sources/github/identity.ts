import { pathToFileURL } from 'node:url';

/** What a repository is known by, however it was reached. */
export interface RepositoryIdentity {
  /**
   * Prefix of the natural keys of its files, without the `/` between. It ends with `#` unless it is GitHub's: a
   * repository may lie inside of another one, and must not be taken for a part of it.
   */
  readonly key: string;
  /** `owner/name` on GitHub, else the link. */
  readonly name: string;
  /** Canonical. */
  readonly link: string;
  /** @param path percent-encoded */
  linkOf(path: string): string;
}

/** GitHub takes these as paths of its own, not as owners. */
const reservedOwners = new Set(
  'about apps collections contact customer-stories enterprise explore features login marketplace new notifications orgs pricing search security settings sponsors topics trending users'.split(
    ' ',
  ),
);
const ownerName = /^[a-z\d](?:[a-z\d-]{0,38})$/i;
const repositoryName = /^[\w.-]{1,100}$/;

export function isGitHubHost(hostname: string): boolean {
  return hostname === 'github.com' || hostname === 'www.github.com';
}

function identityOnGitHub(pathname: string): RepositoryIdentity | undefined {
  const [owner = '', repository = '', ...rest] = pathname.replace(/^\/+|\/+$/g, '').split('/');
  const name = repository.replace(/\.git$/i, '');
  const fits = ownerName.test(owner) && repositoryName.test(name) && !/^\.+$/.test(name) && rest.length === 0;
  if (!fits || reservedOwners.has(owner.toLowerCase())) {
    return undefined;
  }
  const link = `https://github.com/${owner}/${name}`;
  return {
    key: `${owner}/${name}`.toLowerCase(),
    name: `${owner}/${name}`,
    link,
    // HEAD and not the commit: an unchanged file keeps its link when another one changes.
    linkOf: (path) => `${link}/blob/HEAD/${path}`,
  };
}

/**
 * @param link http(s), without credentials, query and fragment
 * @returns undefined for a link of github.com that is not a repository's
 */
export function identityOfLink(link: URL): RepositoryIdentity | undefined {
  if (isGitHubHost(link.hostname)) {
    return identityOnGitHub(link.pathname);
  }
  const name = `${link.origin}${link.pathname.replace(/\/+$/, '')}`;
  return {
    key: `${link.host}${link.pathname.replace(/\/+$/, '').replace(/\.git$/i, '')}#`,
    name,
    link: name,
    linkOf: (path) => `${name}#${path}`,
  };
}

/** `git@host:owner/name.git`, as git writes ssh links in short. */
const shortSshLink = /^(?:[^@/\s]+@)?([\w.-]+):(?!\/\/)([^\s]+)$/;

/** @returns undefined when the origin is no link to a host (a path, another protocol) */
function identityOfOrigin(origin: string): RepositoryIdentity | undefined {
  const short = shortSshLink.exec(origin);
  const text = short === null ? origin : `https://${short[1]}/${short[2]}`;
  const link = URL.canParse(text) ? new URL(text) : undefined;
  if (link === undefined || !/^(?:https?|ssh|git):$/.test(link.protocol) || link.hostname === '') {
    return undefined;
  }
  const secure = URL.parse(`https://${link.hostname}${link.pathname}`);
  return secure === null ? undefined : identityOfLink(secure);
}

/**
 * A clone of something on a host is that, wherever it lies; any other local repository is known by its real path.
 * @param top of the worktree, or the repository itself when it is bare
 */
export function identityOfLocal(top: string, bare: boolean, origin: string | undefined): RepositoryIdentity {
  const known = origin === undefined ? undefined : identityOfOrigin(origin);
  if (known !== undefined) {
    return known;
  }
  const link = pathToFileURL(top).href;
  // The key is a link and not a path: under its path a file may also be taken in by itself, which is another document.
  return { key: `${link}#`, name: link, link, linkOf: (path) => (bare ? `${link}#${path}` : `${link}/${path}`) };
}
