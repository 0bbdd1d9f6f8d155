import { isIP } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { HostResolver } from '../../ports/host-resolver.ts';

export interface AgentTimeouts {
  /** Until a connection stands, DNS and TLS included. */
  readonly connectMs: number;
  /** From the request to the end of the response's headers. */
  readonly headersMs: number;
  /** Between two pieces of a body. */
  readonly bodyMs: number;
}

/**
 * Keeps connections alive and opens new ones only to what `resolver` gives out. The socket connects to the very
 * addresses that were checked, so a name that answers otherwise a moment later (DNS rebinding) gains nothing.
 */
export function guardedAgent(resolver: HostResolver, timeouts: AgentTimeouts): Agent {
  const connect = buildConnector({
    timeout: timeouts.connectMs,
    autoSelectFamily: true,
    allowH2: false,
    lookup: (hostname, options, callback) => {
      resolver.resolve(hostname).then(
        (addresses) => {
          const found = addresses.map((address) => ({ address, family: isIP(address) }));
          const first = found[0];
          if (options.all === true || first === undefined) {
            callback(null, found);
          } else {
            callback(null, first.address, first.family);
          }
        },
        (error: Error) => callback(error, []),
      );
    },
  });
  return new Agent({
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
    connect: (options, callback) => {
      if (isIP(options.hostname) === 0) {
        connect(options, callback);
        return;
      }
      // A socket asks no look-up for an IP literal.
      resolver.resolve(options.hostname).then(
        () => connect(options, callback),
        (error: Error) => callback(error, null),
      );
    },
  });
}
