import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Every receiver holds one connection for up to 20 s, so there must be more of them than receivers and senders. */
const agentOptions = { keepAlive: true, maxSockets: 128 } as const;

/** Long polling takes up to 20 s; an answer later than this is taken for a broken connection. */
const requestTimeoutMs = 30_000;

/**
 * A client for the queue at this URL, with credentials and region from the environment as every AWS tool finds them,
 * looked up at the first request. The region of an `amazonaws.com` URL is taken from the URL; any other URL is of an
 * SQS-compatible server, and its origin is the endpoint.
 */
export function openSqsClient(queueUrl: string): SQSClient {
  const { hostname, origin } = new URL(queueUrl);
  const region = /^sqs(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(hostname)?.[1];
  return new SQSClient({
    requestHandler: requestHandler(),
    ...(region === undefined ? { endpoint: origin, useQueueUrlAsEndpoint: false } : { region }),
  });
}

/** A client for the embedded server, which checks no credentials but wants some to be there. */
export function openEmbeddedClient(endpoint: string): SQSClient {
  return new SQSClient({
    endpoint,
    useQueueUrlAsEndpoint: false,
    region: 'us-east-1',
    credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
    // A quarter of the time of a request would go into signatures and checksums that nobody on the loopback needs.
    signer: { sign: async (request) => request },
    md5: false,
    requestHandler: requestHandler(),
  });
}

function requestHandler(): NodeHttpHandler {
  return new NodeHttpHandler({
    httpAgent: new HttpAgent(agentOptions),
    httpsAgent: new HttpsAgent(agentOptions),
    connectionTimeout: 5_000,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
  });
}
