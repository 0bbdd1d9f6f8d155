import type { BuildAppOptions } from 'fauxqs';
import { Misconfigured, messageOf } from '../../domain/errors.ts';
import { shareGroupsOf } from './fauxqs-groups.ts';

type Stores = NonNullable<BuildAppOptions['stores']>;
type SqsStore = Stores['sqsStore'];
type Persistence = NonNullable<SqsStore['persistence']>;

/** SQLite's result codes that need words of their own. */
const busy = 5;
const full = 13;

/** SQS drops a repeated deduplication id for this long. */
const deduplicationWindowMs = 5 * 60 * 1000;

interface FauxqsServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
}

/**
 * Serves the SQS API on loopback from a SQLite file in `directory`. What a response confirms survives SIGKILL.
 *
 * It is put together from the parts of fauxqs, because `startFauxqs` would
 * - listen on all interfaces;
 * - sync the disk at every statement, twenty times for a batch of ten. Here all statements since the last response are
 *   one transaction, committed before the next response leaves. That is about four times faster, and makes moves
 *   between queues atomic;
 * - go on after a failed write with memory and disk in disagreement, and then confirm the repetition of a lost message
 *   as a duplicate. Here it refuses everything from then on;
 * - keep a message in hand for its whole timeout although whoever received it died with the former server or hung up;
 * - forget deduplication ids at a restart, also those of messages that are still there;
 * - answer 500 to a visibility timeout of 0;
 * - give out the messages of a group one at a time.
 * The parts are not exported, so the version of fauxqs is pinned exactly, and the queue contract watches over it.
 * @throws Misconfigured when another process uses the directory, or it cannot be written
 */
export async function serveFauxqs(directory: string): Promise<FauxqsServer> {
  const { buildApp } = await import('fauxqs');
  const { SqsStore, SnsStore, S3Store, PersistenceManager } = await importParts();
  const store = new SqsStore();
  const snsStore = new SnsStore();
  const persistence = openFiles(directory, () => {
    const opened = new PersistenceManager(directory);
    try {
      load(opened, store, snsStore);
    } catch (error) {
      opened.close();
      throw error;
    }
    return opened;
  });
  shareGroupsOf(store);
  const database = persistence['db'];
  const app = buildApp({ logger: false, stores: { sqsStore: store, snsStore, s3Store: new S3Store() } });

  let failure: Error | undefined;
  let host: string | undefined;
  app.addHook('onRequest', (request, reply, done) => {
    // Nothing but the SQS API, and nobody but who knows the address: a web page could make its own name mean 127.0.0.1.
    if (request.method === 'POST' && request.url === '/' && request.headers.host === host) done();
    else reply.code(403).send({ message: 'Not for you' });
  });
  app.addHook('preHandler', (_request, _reply, done) => {
    if (failure === undefined && !database.isTransaction) database.exec('BEGIN');
    done(failure);
  });
  app.addHook('preSerialization', (request, _reply, payload, done) => {
    if (!isReceiveAnswer(payload)) return done(null, payload);
    // That the receiver hung up may be read from the socket right after its request.
    setImmediate(() => {
      if (request.socket.destroyed || request.socket.readableEnded) giveBack(store, request.body, payload);
      done(null, payload);
    });
  });
  app.addHook('onError', (_request, _reply, error, done) => {
    if (error.code === 'ERR_SQLITE_ERROR') failure ??= error;
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    try {
      if (database.isTransaction) database.exec(failure === undefined ? 'COMMIT' : 'ROLLBACK');
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(messageOf(error));
    }
    if (failure === undefined) return done(null, payload);
    // Not a 5xx, which clients repeat: only a restart, which reads the files anew, can help.
    reply.code(400).header('content-type', 'application/x-amz-json-1.0').removeHeader('content-length');
    const message = `the queue could not write its files (${failure.message}); make room and start again`;
    done(null, JSON.stringify({ __type: 'com.amazonaws.sqs#QueueStorageFailed', message }));
  });

  const endpoint = await app.listen({ port: 0, host: '127.0.0.1' });
  host = new URL(endpoint).host;
  return {
    endpoint,
    async [Symbol.asyncDispose]() {
      await app.close();
      if (database.isTransaction) database.exec('COMMIT');
      persistence.close();
    },
  };
}

interface Parts {
  readonly SqsStore: new () => SqsStore;
  readonly SnsStore: new () => Stores['snsStore'];
  readonly S3Store: new () => Stores['s3Store'];
  readonly PersistenceManager: new (directory: string) => Persistence;
}

async function importParts(): Promise<Parts> {
  const entry = import.meta.resolve('fauxqs');
  const [sqs, sns, s3, persistence] = await Promise.all(
    ['./sqs/sqsStore.js', './sns/snsStore.js', './s3/s3Store.js', './persistence.js'].map(
      (path) => import(new URL(path, entry).href),
    ),
  );
  return { ...sqs, ...sns, ...s3, ...persistence };
}

function openFiles(directory: string, open: () => Persistence): Persistence {
  try {
    return open();
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
    const why =
      code === busy
        ? 'another process is using it'
        : code === full
          ? 'the disk is full'
          : `it cannot be read and written: ${messageOf(error)}`;
    throw new Misconfigured(`Cannot open the queues in ${directory}: ${why}`, { cause: error });
  }
}

function load(persistence: Persistence, store: SqsStore, snsStore: Stores['snsStore']): void {
  const database = persistence['db'];
  // Two servers on one file would each believe its own memory. The lock ends with the process, however that ends.
  database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT');
  // With a write-ahead log this survives the death of the process; only a power cut may cost the last moments.
  database.exec('PRAGMA synchronous = NORMAL');
  persistence.loadSqsAndSns(store, snsStore);

  const ready = database.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => {
    ready.run(messageId);
  };
  store.persistence = persistence;
  const remembered = Date.now() - deduplicationWindowMs;
  for (const queue of store.allQueues()) {
    queue.persistence = persistence;
    const { ready: waiting, inflight } = queue.inspectMessages();
    for (const { message, receiptHandle } of inflight) {
      const entry = queue.inflightMessages.get(receiptHandle);
      if (entry !== undefined) entry.visibilityDeadline = 0;
      waiting.push(message);
    }
    for (const { messageDeduplicationId, messageId, sequenceNumber, sentTimestamp } of waiting) {
      if (messageDeduplicationId !== undefined && sentTimestamp > remembered) {
        queue.recordDeduplication(messageDeduplicationId, messageId, sequenceNumber);
      }
    }
  }
}

/** Makes the messages of an answer that nobody is there to read available again at once, as if never received. */
function giveBack(store: SqsStore, request: unknown, answer: ReceiveAnswer): void {
  if (!isReceiveRequest(request)) return;
  const queue = store.getQueue(request.QueueUrl);
  for (const { ReceiptHandle } of answer.Messages) {
    const entry = queue?.inflightMessages.get(ReceiptHandle);
    if (entry === undefined) continue;
    entry.message.approximateReceiveCount -= 1;
    queue?.changeVisibility(ReceiptHandle, 0);
  }
}

function isReceiveRequest(body: unknown): body is { readonly QueueUrl: string } {
  return typeof body === 'object' && body !== null && 'QueueUrl' in body && typeof body.QueueUrl === 'string';
}

interface ReceiveAnswer {
  readonly Messages: readonly { readonly ReceiptHandle: string }[];
}

function isReceiveAnswer(payload: unknown): payload is ReceiveAnswer {
  return typeof payload === 'object' && payload !== null && 'Messages' in payload && Array.isArray(payload.Messages);
}
