import { mkdirSync } from 'node:fs';
import { GitRepository } from '../sources/github/git-repository.ts';
import { runBackend } from '../sources/github/git-server.ts';
import { type Answer, json, type Site, type TakeOver, type Visit } from './site.ts';

const day = 24 * 60 * 60 * 1000;
const created = Date.UTC(2023, 0, 1);

interface RepositoryOptions {
  readonly fork?: boolean;
  readonly archived?: boolean;
}

/** A real repository, and what the API says of it. */
export class HostedRepository {
  readonly name: string;
  readonly owner: string;
  readonly options: RepositoryOptions;
  readonly git: GitRepository;
  #commits = 0;

  /** @param name `owner/name` */
  constructor(name: string, folder: string, options: RepositoryOptions) {
    this.name = name;
    this.owner = name.split('/')[0] ?? '';
    this.options = options;
    this.git = GitRepository.create(folder, name);
  }

  commit(files: Readonly<Record<string, string | Uint8Array>>): string {
    this.#commits += 1;
    return this.git.commit(files);
  }

  get pushedAt(): Date {
    return new Date(created + this.#commits * day);
  }

  describe(ownerType: string): Readonly<Record<string, unknown>> {
    const { name, owner, options, pushedAt } = this;
    const changedAt = pushedAt.toISOString().replace('.000', '');
    return {
      id: 700_000 + name.length,
      name: name.split('/')[1],
      full_name: name,
      private: false,
      owner: { login: owner, type: ownerType },
      html_url: `https://github.com/${name}`,
      url: `https://api.github.com/repos/${name}`,
      clone_url: `https://github.com/${name}.git`,
      description: `What ${owner} makes of ${name.split('/')[1]}`,
      fork: options.fork ?? false,
      archived: options.archived ?? false,
      disabled: false,
      default_branch: 'main',
      created_at: new Date(created).toISOString().replace('.000', ''),
      pushed_at: changedAt,
      updated_at: changedAt,
      size: 1,
      language: 'Python',
      topics: ['engines'],
      license: null,
      homepage: null,
      stargazers_count: 3,
      forks_count: 0,
    };
  }
}

/** github.com, where git speaks smart HTTP, and api.github.com. */
export class GithubReplica implements Site {
  /** Requests that the API still answers. */
  remaining = 5_000;
  /** When there are more again, in seconds of the epoch. */
  resetAt = Math.ceil(Date.now() / 1000) + 3_600;
  readonly #folder: string;
  readonly #repositories: HostedRepository[] = [];
  readonly #organisations = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  organisation(name: string): void {
    this.#organisations.add(name);
  }

  /** @param name `owner/name` */
  repository(name: string, options: RepositoryOptions = {}): HostedRepository {
    mkdirSync(this.#folder, { recursive: true });
    const repository = new HostedRepository(name, this.#folder, options);
    this.#repositories.push(repository);
    return repository;
  }

  owns(host: string): boolean {
    return host === 'github.com' || host === 'api.github.com';
  }

  answer(visit: Visit): Answer | TakeOver | undefined {
    const { url } = visit;
    if (url.hostname === 'api.github.com') return this.#limited(this.#describe(url));
    const [, name, service] =
      /^\/([\w.-]+\/[\w.-]+?)(?:\.git)?(\/(?:info\/refs|git-upload-pack))$/.exec(url.pathname) ?? [];
    if (url.hostname !== 'github.com' || !this.#repositories.some((repository) => repository.name === name)) {
      return undefined;
    }
    return (request, response) => {
      request.url = `/${name}${service}${url.search}`;
      runBackend(this.#folder, request, response);
    };
  }

  #limited(answer: Answer | undefined): Answer {
    const headers = {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': String(this.remaining),
      'x-ratelimit-reset': String(this.resetAt),
    };
    if (this.remaining <= 0 && Date.now() >= this.resetAt * 1000) this.remaining = 5_000;
    if (this.remaining <= 0) return problem(403, 'API rate limit exceeded', headers);
    this.remaining -= 1;
    if (answer === undefined) return problem(404, 'Not Found', headers);
    return { ...answer, headers: { ...answer.headers, ...headers } };
  }

  #describe({ pathname, searchParams, origin }: URL): Answer | undefined {
    const [area, owner = '', name] = pathname.split('/').slice(1);
    const type = this.#organisations.has(owner) ? 'Organization' : 'User';
    const owned = this.#repositories
      .filter((repository) => repository.owner === owner)
      .sort((left, right) => (left.name < right.name ? -1 : 1));
    if (owned.length === 0) return undefined;
    if (area === 'repos') {
      const found = owned.find((repository) => repository.name === `${owner}/${name}`);
      return found && answerWith(found.describe(type), found.pushedAt);
    }
    if ((area !== 'users' && area !== 'orgs') || (area === 'orgs' && type === 'User')) return undefined;
    if (name === undefined)
      return answerWith({ login: owner, id: 1, type, name: owner, public_repos: owned.length, public_gists: 0 });
    if (name !== 'repos') return undefined;
    const size = Math.min(100, Number(searchParams.get('per_page') ?? 30));
    const number = Number(searchParams.get('page') ?? 1);
    const shown = owned.slice((number - 1) * size, number * size).map((repository) => repository.describe(type));
    const answer = answerWith(shown);
    if (number * size >= owned.length) return answer;
    const next = new URL(`${origin}${pathname}?${searchParams}`);
    next.searchParams.set('page', String(number + 1));
    return { ...answer, headers: { link: `<${next.href}>; rel="next"` } };
  }
}

function answerWith(value: unknown, changedAt?: Date): Answer {
  return { mediaType: json, body: JSON.stringify(value), changedAt };
}

function problem(status: number, message: string, headers: Answer['headers']): Answer {
  return { status, mediaType: json, headers: headers ?? {}, body: JSON.stringify({ message }), tagged: false };
}
