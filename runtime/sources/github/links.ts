import type { CrawlTask } from '../../domain/crawl-job.ts';
import { type GithubSite, gistIdentity, hubIdentity, otherIdentity, type RepositoryIdentity } from './identity.ts';

/** What a link stands for. */
export type GithubTarget =
  | { readonly task: Extract<CrawlTask, 'discover'>; readonly list: 'repositories' | 'gists'; readonly account: string }
  | { readonly task: Extract<CrawlTask, 'fetch'>; readonly identity: RepositoryIdentity };

/** GitHub takes these as paths of its own, not as accounts. */
const reserved = new Set(
  (
    'about account apps blog codespaces collections contact copilot customer-stories dashboard discover enterprise ' +
    'events explore features gist issues join login logout marketplace mobile new nonprofit notifications orgs ' +
    'organizations pricing pulls readme search security sessions settings signup site sponsors stars starred team ' +
    'topics trending users watching'
  ).split(' '),
);
const accountName = /^[a-z\d][a-z\d-]{0,38}$/i;
const repositoryName = /^[\w.-]{1,100}$/;
const gistName = /^(?:[\da-f]{20,64}|\d{1,12})$/i;

/** @returns undefined for a link that is neither an account's nor a repository's */
export function targetOf(link: URL, site: GithubSite): GithubTarget | undefined {
  if (!isWebLink(link)) return undefined;
  const parts = link.pathname.split('/').filter((part) => part !== '');
  if (isAt(link, site.origin)) return targetOnHub(parts, site);
  if (isAt(link, site.gistOrigin)) return targetOnGists(parts, site);
  return isGitLink(link) ? { task: 'fetch', identity: otherIdentity(link) } : undefined;
}

/** Whether the links of its host are GitHub's, also those that stand for nothing that can be crawled. */
export function isOnGithub(link: URL, site: GithubSite): boolean {
  return isWebLink(link) && (isAt(link, site.origin) || isAt(link, site.gistOrigin));
}

function isWebLink({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:';
}

function isGitLink(link: URL): boolean {
  return /\.git\/?$/i.test(link.pathname);
}

function isAt({ host }: URL, origin: string): boolean {
  const own = new URL(origin).host;
  return host === own || host === `www.${own}`;
}

function targetOnHub(parts: readonly string[], site: GithubSite): GithubTarget | undefined {
  const [first = '', second, view, ...rest] = parts;
  if (first === 'orgs' && second !== undefined && accountName.test(second)) {
    return { task: 'discover', list: 'repositories', account: second };
  }
  if (!accountName.test(first) || reserved.has(first.toLowerCase())) return undefined;
  if (second === undefined) return { task: 'discover', list: 'repositories', account: first };
  const name = second.replace(/\.git$/i, '');
  const isView = view === undefined || ((view === 'tree' || view === 'blob') && rest.length > 0);
  if (!repositoryName.test(name) || /^\.+$/.test(name) || !isView) return undefined;
  return { task: 'fetch', identity: hubIdentity(`${first}/${name}`, site) };
}

/** `OWNER/ID`, also with a revision behind it, or the old `ID` alone. A name of digits alone is an account's. */
function targetOnGists(parts: readonly string[], site: GithubSite): GithubTarget | undefined {
  const [first = '', second] = parts;
  const id = (second ?? first).replace(/\.git$/i, '');
  if (gistName.test(id) && (second !== undefined || id.length >= 20)) {
    const known = second === undefined || accountName.test(first);
    return known ? { task: 'fetch', identity: gistIdentity(id, site) } : undefined;
  }
  const isAccount = second === undefined && accountName.test(first) && !reserved.has(first.toLowerCase());
  return isAccount ? { task: 'discover', list: 'gists', account: first } : undefined;
}
