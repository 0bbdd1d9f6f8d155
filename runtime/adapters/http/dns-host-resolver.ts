import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { messageOf, RejectedInput, TransientError } from '../../domain/errors.ts';
import type { HostResolver } from '../../ports/host-resolver.ts';
import { refusalOf } from './address-guard.ts';
import { untilAborted } from './until-aborted.ts';

/** All addresses of a name, in the order to try them. Errors carry the `code` of `node:dns`. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

export interface DnsHostResolverOptions {
  /** Whether addresses outside of the public internet are given out too. */
  readonly allowPrivate: boolean;
  /** Default: as the operating system resolves names, `/etc/hosts` included. */
  readonly lookup?: Lookup | undefined;
}

export class DnsHostResolver implements HostResolver {
  readonly #allowPrivate: boolean;
  readonly #lookup: Lookup;

  constructor(options: DnsHostResolverOptions) {
    this.#allowPrivate = options.allowPrivate;
    this.#lookup = options.lookup ?? lookupAddresses;
  }

  async resolve(hostname: string, signal?: AbortSignal): Promise<readonly string[]> {
    signal?.throwIfAborted();
    const host = normalised(hostname);
    if (isIP(host) !== 0) {
      return this.#allowed(host, [host]);
    }
    if (!this.#allowPrivate) {
      refuseLocalhost(host);
    }
    const addresses = await untilAborted(this.#lookup(host), signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw lookupError(host, error);
    });
    return this.#allowed(host, addresses);
  }

  #allowed(host: string, addresses: readonly string[]): readonly string[] {
    if (addresses.length === 0) {
      throw new RejectedInput('unknown_host', `the host name ${host} has no address`);
    }
    const allowed = this.#allowPrivate ? addresses : addresses.filter((address) => refusalOf(address) === undefined);
    if (allowed.length > 0) {
      return allowed;
    }
    throw refusal(host, addresses[0] ?? host);
  }
}

/**
 * For where somebody else resolves names: refuses what can be seen to be none of the public internet without asking DNS.
 * @throws RejectedInput `forbidden_address`; `unknown_host` when it is no host name
 */
export function refusePrivateLiteral(hostname: string): void {
  const host = normalised(hostname);
  if (isIP(host) !== 0 && refusalOf(host) !== undefined) {
    throw refusal(host, host);
  }
  refuseLocalhost(host);
}

function refuseLocalhost(host: string): void {
  if (/(?:^|\.)localhost$/.test(host)) {
    throw new RejectedInput('forbidden_address', `${host} is this machine itself; ${howToAllow}`);
  }
}

function refusal(host: string, address: string): RejectedInput {
  const subject = address === host ? host : `${host} is at ${address}, which`;
  return new RejectedInput('forbidden_address', `${subject} is ${refusalOf(address)}; ${howToAllow}`);
}

const howToAllow = 'pass --allow-private to allow it';

async function lookupAddresses(hostname: string): Promise<readonly string[]> {
  const found = await systemLookup(hostname, { all: true });
  return found.map(({ address }) => address);
}

/** As a URL of the web spells it: lower-case, without a trailing dot, numbers as dotted decimals, no brackets. */
function normalised(hostname: string): string {
  const bracketed = isIP(hostname) === 6 ? `[${hostname.replace(/%.*$/s, '')}]` : hostname;
  const url = URL.parse(`http://${bracketed}/`);
  if (url === null || url.pathname !== '/' || url.username !== '' || url.port !== '' || url.search !== '') {
    throw new RejectedInput('unknown_host', `${JSON.stringify(hostname)} is not a host name`);
  }
  return url.hostname.replace(/^\[(.*)\]$/s, '$1').replace(/\.$/, '');
}

function lookupError(host: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOTFOUND' || code === 'ENODATA' || code === 'ENONAME') {
    return new RejectedInput('unknown_host', `there is no host named ${host}`, { cause: error });
  }
  return new TransientError(`the host name ${host} cannot be resolved for now (${messageOf(error)})`, { cause: error });
}
