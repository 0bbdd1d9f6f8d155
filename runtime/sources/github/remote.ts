import { readdir, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { RejectedInput, TransientError } from '../../domain/errors.ts';
import type { HostResolver } from '../../ports/host-resolver.ts';
import { type GitCommand, GitFailure, type GitOptions, git } from './git.ts';
import type { RepositoryIdentity } from './identity.ts';

const askTimeoutMs = 60_000;
const cloneTimeoutMs = 30 * 60_000;
const sizeCheckMs = 1_000;

/** A repository on a host whose address was checked, and to which alone git connects. */
export interface Remote {
  readonly identity: RepositoryIdentity;
  /** Without credentials. */
  readonly link: string;
  readonly configuration: readonly (readonly [name: string, value: string])[];
}

/** How hosts are reached. */
export interface Route {
  /** Checks the hosts of links before git connects to them. */
  readonly resolver: HostResolver;
  /** The http(s) link of a proxy, which then looks up hosts and decides where one may connect to. */
  readonly proxy?: string | undefined;
  /** PEM file with the authority that signs for a proxy which reads TLS. */
  readonly proxyAuthorityFile?: string | undefined;
  /** For GitHub, and sent nowhere else. */
  readonly token?: string | undefined;
}

/** @throws RejectedInput, TransientError as HostResolver.resolve */
export async function reach(
  link: URL,
  identity: RepositoryIdentity,
  route: Route,
  signal: AbortSignal,
): Promise<Remote> {
  const url = new URL(identity.hosted?.gitLink ?? link);
  url.username = '';
  url.password = '';
  const authorization = authorizationFor(link, identity, route);
  return {
    identity,
    link: url.href,
    configuration: [
      ...(await waySettings(url, route, signal)),
      // A redirect could lead past the check, or to a host that credentials are not for. GitHub's, for renamed
      // repositories, stay on its host.
      ['http.followRedirects', identity.hosted !== undefined && authorization === undefined ? 'initial' : 'false'],
      ['http.lowSpeedLimit', '1000'],
      ['http.lowSpeedTime', '60'],
      ...(authorization === undefined ? [] : ([['http.extraHeader', `Authorization: ${authorization}`]] as const)),
    ],
  };
}

/** Those of the link before the token. */
function authorizationFor(link: URL, identity: RepositoryIdentity, { token }: Route): string | undefined {
  const own = `${decodeURIComponent(link.username)}:${decodeURIComponent(link.password)}`;
  const credentials =
    own === ':' && identity.hosted !== undefined && token !== undefined ? `x-access-token:${token}` : own;
  return credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
}

async function waySettings(
  url: URL,
  { resolver, proxy, proxyAuthorityFile: authority }: Route,
  signal: AbortSignal,
): Promise<readonly (readonly [name: string, value: string])[]> {
  const isAddress = isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0;
  if (proxy !== undefined) {
    // The proxy looks up names; an address needs no look-up, and is judged here as anywhere.
    if (isAddress) await resolver.resolve(url.hostname, signal);
    const trusted = ['http.sslCAInfo', 'http.proxySSLCAInfo'].map((name) => [name, authority ?? ''] as const);
    return [['http.proxy', proxy], ...(authority === undefined ? [] : trusted)];
  }
  const addresses = await resolver.resolve(url.hostname, signal);
  // An address is what was checked; a name could lead to another one a moment later.
  if (isAddress) return [];
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const pinned = addresses.map((address) => (address.includes(':') ? `[${address}]` : address)).join(',');
  return [['http.curloptResolve', `${url.hostname}:${port}:${pinned}`]];
}

function commandOf(remote: Remote, timeoutMs: number, signal: AbortSignal): Omit<GitCommand, 'arguments'> {
  return { configuration: remote.configuration, protocols: 'https:http', timeoutMs, signal };
}

/**
 * The commit of HEAD, for the price of one small request.
 * @throws RejectedInput `empty_repository`, and those of a failed transfer
 */
export async function remoteHead(options: GitOptions, remote: Remote, signal: AbortSignal): Promise<string> {
  const answer = await git(options, {
    ...commandOf(remote, askTimeoutMs, signal),
    arguments: ['ls-remote', '--', remote.link, 'HEAD'],
  }).catch((error: unknown) => {
    throw transferError(remote, error);
  });
  const commit = /^([0-9a-f]{40,64})\tHEAD$/m.exec(answer)?.[1];
  if (commit === undefined) {
    throw new RejectedInput('empty_repository', `The repository ${remote.link} has no commit yet.`);
  }
  return commit;
}

/**
 * Clones the newest commit into a bare repository, without blobs over 1 MiB where the server can leave them out.
 * No checkout: no symbolic links, filters, hooks or case collisions.
 * @param maximumBytes of all packs; the clone is given up when they grow beyond
 * @throws RejectedInput `repository_too_large`, and those of a failed transfer
 */
export async function clone(
  options: GitOptions,
  remote: Remote,
  directory: string,
  maximumBytes: number,
  signal: AbortSignal,
): Promise<void> {
  const limits = ['--depth=1', '--single-branch', '--no-tags', '--filter=blob:limit=1m'];
  const command = ['clone', '--quiet', '--bare', '--template=', ...limits, '--', remote.link, directory];
  await transfer(options, remote, { arguments: command, directory, maximumBytes, signal });
}

export interface Transfer {
  readonly arguments: readonly string[];
  /** A bare repository, which the command makes or which is its GIT_DIR. */
  readonly directory: string;
  readonly isThere?: boolean;
  readonly input?: string;
  readonly configuration?: readonly (readonly [name: string, value: string])[];
  /** Of all packs. */
  readonly maximumBytes: number;
  readonly signal: AbortSignal;
}

/** @throws RejectedInput `repository_too_large`, and those of a failed transfer */
export async function transfer(options: GitOptions, remote: Remote, wanted: Transfer): Promise<void> {
  const { directory, maximumBytes, signal } = wanted;
  const tooLarge = new AbortController();
  const done = new AbortController();
  const watched = watchSize(directory, maximumBytes, tooLarge, done.signal);
  const command = commandOf(remote, cloneTimeoutMs, AbortSignal.any([signal, tooLarge.signal]));
  try {
    await git(options, {
      ...command,
      configuration: [...remote.configuration, ...(wanted.configuration ?? [])],
      arguments: wanted.arguments,
      ...(wanted.isThere === true && { gitDirectory: directory }),
      input: wanted.input,
    });
    await checkSize(directory, maximumBytes);
  } catch (error) {
    signal.throwIfAborted();
    throw tooLarge.signal.aborted ? tooLarge.signal.reason : transferError(remote, error);
  } finally {
    done.abort();
    await watched;
  }
}

async function watchSize(
  directory: string,
  maximumBytes: number,
  tooLarge: AbortController,
  done: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of setInterval(sizeCheckMs, undefined, { signal: done })) {
      await checkSize(directory, maximumBytes);
    }
  } catch (error) {
    // Aborted when the clone is complete; before that, what was thrown ends the clone.
    if (!done.aborted) {
      tooLarge.abort(error);
    }
  }
}

async function checkSize(directory: string, maximumBytes: number): Promise<void> {
  if ((await sizeOf(join(directory, 'objects', 'pack'))) > maximumBytes) {
    const limit = `${maximumBytes.toLocaleString('en')} bytes`;
    throw new RejectedInput('repository_too_large', `The repository takes more than ${limit}.`);
  }
}

/** Files that come and go while git writes count as nothing. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** git tells what went wrong in words only; LC_ALL=C keeps them the same everywhere. First match counts. */
const meanings: readonly { readonly says: RegExp; readonly reason: string; readonly meaning: string }[] = [
  {
    says: /could not read (?:username|password)|authentication failed|returned error: (?:401|403|404|410)|repository .* not found/i,
    reason: 'repository_not_found',
    meaning: 'does not exist or is not public',
  },
  {
    says: /not valid: is this a git repository|does not support shallow|dumb http transport|not a git repository/i,
    reason: 'not_a_repository',
    meaning: 'is not a git repository served over smart HTTP',
  },
  {
    says: /returned error: 3\d\d|unable to update url base from redirection/i,
    reason: 'redirected',
    meaning: 'redirects; give the link it redirects to',
  },
];

function transferError(remote: Remote, error: unknown): unknown {
  if (!(error instanceof GitFailure)) {
    return error;
  }
  const known = meanings.find(({ says }) => says.test(error.stderr));
  return known === undefined
    ? new TransientError(`${remote.link} could not be read: ${error.message}`, { cause: error })
    : new RejectedInput(known.reason, `${remote.link} ${known.meaning}.`, { cause: error });
}

/** Whether the host says that there is no such repository, which is more than that it may not be read. */
export function isNotThere(error: unknown): boolean {
  return (
    error instanceof RejectedInput &&
    error.cause instanceof GitFailure &&
    /returned error: (?:404|410)|repository .* not found/i.test(error.cause.stderr)
  );
}
