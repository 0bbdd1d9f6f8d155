/** Where GitHub is: origins, without a path. */
export interface GithubSite {
  readonly origin: string;
  readonly gistOrigin: string;
  readonly apiOrigin: string;
}

export const githubSite: GithubSite = {
  origin: 'https://github.com',
  gistOrigin: 'https://gist.github.com',
  apiOrigin: 'https://api.github.com',
};

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
  /** Undefined where it is not GitHub's. */
  readonly hosted:
    | {
        /** Where git finds it. */
        readonly gitLink: string;
        /** Where the API describes it. */
        readonly metadataLink: string;
      }
    | undefined;
  /** @param path percent-encoded */
  linkOf(path: string): string;
  /** @param path percent-encoded */
  imageLinkOf(path: string): string;
}

/**
 * A repository of GitHub's.
 * @param name `owner/name`, both as GitHub allows them
 */
export function hubIdentity(name: string, site: GithubSite): RepositoryIdentity {
  const link = `${site.origin}/${name}`;
  return {
    key: name.toLowerCase(),
    name,
    link,
    hosted: { gitLink: link, metadataLink: `${site.apiOrigin}/repos/${name}` },
    // HEAD and not the commit: an unchanged file keeps its link when another one changes.
    linkOf: (path) => `${link}/blob/HEAD/${path}`,
    imageLinkOf: (path) => `${link}/raw/HEAD/${path}`,
  };
}

/** A gist is a repository under its id, whoever's name stands before it. */
export function gistIdentity(id: string, site: GithubSite): RepositoryIdentity {
  const link = `${site.gistOrigin}/${id}`;
  const { host } = new URL(link);
  return {
    key: `${host}/${id}#`.toLowerCase(),
    name: `${host}/${id}`,
    link,
    hosted: { gitLink: `${link}.git`, metadataLink: `${site.apiOrigin}/gists/${id}` },
    // As GitHub names the places of the files on the page.
    linkOf: (path) => `${link}#file-${path.toLowerCase().replaceAll(/(?:%[\da-f]{2}|[^a-z\d_%])+/g, '-')}`,
    imageLinkOf: (path) => `${link}/raw/HEAD/${path}`,
  };
}

/** @param link http(s) */
export function otherIdentity(link: URL): RepositoryIdentity {
  const path = link.pathname.replace(/\/+$/, '');
  const name = `${link.origin}${path}`;
  return {
    key: `${link.host}${path.replace(/\.git$/i, '')}#`,
    name,
    link: name,
    hosted: undefined,
    linkOf: (file) => `${name}#${file}`,
    imageLinkOf: (file) => `${name}#${file}`,
  };
}
