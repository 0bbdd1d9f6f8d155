import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { Misconfigured } from '../../runtime/domain/errors.ts';
import { configFrom } from '../../runtime/entry/config.ts';

type Variables = Readonly<Record<string, string>>;

/** What is said about wrong variables, line by line. */
function complaints(variables: Variables): string[] {
  try {
    configFrom(variables);
  } catch (error) {
    assert.ok(error instanceof Misconfigured);
    return error.message.split('\n');
  }
  assert.fail(`${JSON.stringify(variables)} was accepted`);
}

const crawlUrl = 'https://sqs.eu-north-1.amazonaws.com/123456789012/crawl.fifo';
const changeUrl = 'https://sqs.eu-north-1.amazonaws.com/123456789012/changes.fifo';

describe('The configuration', () => {
  test('of nothing is that of one machine with everything embedded', () => {
    const { crawlConcurrency, indexConcurrency, maxAttempts, fetchTimeoutMs, ...config } = configFrom({});
    for (const number of [crawlConcurrency, indexConcurrency, maxAttempts, fetchTimeoutMs]) assert.ok(number > 1);
    assert.deepEqual(config, {
      home: resolve('.twin'),
      author: undefined,
      contact: undefined,
      allowPrivate: false,
      queues: { kind: 'embedded' },
      embedder: 'hashing',
      logLevel: undefined,
      chromeBinary: undefined,
      searchPath: [''],
      startFolder: process.cwd(),
    });
  });

  test('takes every variable', () => {
    assert.deepEqual(
      configFrom({
        TWIN_HOME: '/var/twin',
        TWIN_AUTHOR: 'Ada Lovelace',
        TWIN_CONTACT: 'ada@ada.example',
        TWIN_ALLOW_PRIVATE: '1',
        CRAWL_QUEUE_URL: crawlUrl,
        CHANGE_QUEUE_URL: changeUrl,
        EMBEDDER: 'hashing',
        CRAWL_CONCURRENCY: '1',
        INDEX_CONCURRENCY: '256',
        MAX_ATTEMPTS: '100',
        FETCH_TIMEOUT_MS: '100',
        LOG_LEVEL: 'debug',
        CHROME_BINARY: '/usr/bin/chromium',
        PATH: '/usr/bin:/bin',
        npm_lifecycle_event: 'twin',
        INIT_CWD: '/home/ada',
        SOMETHING_ELSE: 'is none of its business',
      }),
      {
        home: '/var/twin',
        author: 'Ada Lovelace',
        contact: 'ada@ada.example',
        allowPrivate: true,
        queues: { kind: 'sqs', crawlUrl, changeUrl },
        embedder: 'hashing',
        crawlConcurrency: 1,
        indexConcurrency: 256,
        maxAttempts: 100,
        fetchTimeoutMs: 100,
        logLevel: 'debug',
        chromeBinary: '/usr/bin/chromium',
        searchPath: ['/usr/bin', '/bin'],
        startFolder: '/home/ada',
      },
    );
  });

  test('takes an empty variable for one that is not set', () => {
    const names = [
      ...['TWIN_HOME', 'TWIN_AUTHOR', 'TWIN_CONTACT', 'TWIN_ALLOW_PRIVATE', 'CRAWL_QUEUE_URL', 'CHANGE_QUEUE_URL'],
      ...['MONGODB_URI', 'QDRANT_URL', 'EMBEDDER', 'CRAWL_CONCURRENCY', 'INDEX_CONCURRENCY', 'MAX_ATTEMPTS'],
      ...['FETCH_TIMEOUT_MS', 'LOG_LEVEL', 'CHROME_BINARY', 'PATH', 'npm_lifecycle_event', 'INIT_CWD'],
    ];
    assert.deepEqual(configFrom(Object.fromEntries(names.map((name) => [name, '']))), configFrom({}));
  });

  const wrong: readonly [name: string, value: string, takes: string][] = [
    ['TWIN_ALLOW_PRIVATE', 'yes', '0 or 1'],
    ['CRAWL_QUEUE_URL', 'crawl.fifo', 'the https URL of an SQS FIFO queue'],
    ['CHANGE_QUEUE_URL', 'ftp://host/changes.fifo', 'the https URL of an SQS FIFO queue'],
    ['CRAWL_QUEUE_URL', crawlUrl.replace('.fifo', ''), 'a FIFO queue: its URL ends with .fifo'],
    ['MONGODB_URI', 'mongodb://host/twin', 'nothing: this version keeps raw documents in the workspace only'],
    ['QDRANT_URL', 'http://host:6333', 'nothing: this version keeps features in the workspace only'],
    ['EMBEDDER', 'word2vec', '"hashing"'],
    ['CRAWL_CONCURRENCY', '0', 'a whole number from 1 to 256'],
    ['CRAWL_CONCURRENCY', '257', 'a whole number from 1 to 256'],
    ['INDEX_CONCURRENCY', 'many', 'a whole number from 1 to 256'],
    ['INDEX_CONCURRENCY', '1.5', 'a whole number from 1 to 256'],
    ['MAX_ATTEMPTS', '-1', 'a whole number from 1 to 100'],
    ['MAX_ATTEMPTS', ' 4', 'a whole number from 1 to 100'],
    ['FETCH_TIMEOUT_MS', '99', 'a whole number from 100 to 600000'],
    ['FETCH_TIMEOUT_MS', '1e3', 'a whole number from 100 to 600000'],
    ['LOG_LEVEL', 'loud', 'fatal, error, warn, info, debug, silent'],
  ];
  for (const [name, value, takes] of wrong) {
    test(`says what ${name} takes when it is ${JSON.stringify(value)}`, () => {
      assert.deepEqual(complaints({ [name]: value }), [`${name} is ${JSON.stringify(value)}, but takes ${takes}`]);
    });
  }

  test('names all that is wrong at once', () => {
    const lines = complaints({ LOG_LEVEL: 'loud', MAX_ATTEMPTS: '0', TWIN_HOME: '/tmp' });
    assert.deepEqual(lines.map((line) => line.split(' ')[0]).toSorted(), ['LOG_LEVEL', 'MAX_ATTEMPTS']);
  });

  test('shows no password, not even of a link that is malformed', () => {
    const links = [
      'mongodb://ada:s3cret@host/',
      'mongodb://ada:s3c@s3cret@host/',
      'ada:s3cret@host',
      'https://a:s3c/s3cret@h/',
    ];
    for (const value of links) {
      for (const name of ['MONGODB_URI', 'CRAWL_QUEUE_URL']) {
        const [line = ''] = complaints({ [name]: value });
        assert.match(line, /\*\*\*@h/);
        assert.doesNotMatch(line, /s3c/);
      }
    }
  });

  test('takes both queues or none', () => {
    for (const one of [{ CRAWL_QUEUE_URL: crawlUrl }, { CHANGE_QUEUE_URL: changeUrl }]) {
      assert.deepEqual(complaints(one), [
        'CRAWL_QUEUE_URL and CHANGE_QUEUE_URL go together: set both, or neither to embed the queues',
      ]);
    }
  });

  test('starts paths where the person stands whom `npm run twin` led away from there, and nobody else', () => {
    const startOf = (variables: Variables): string => configFrom(variables).startFolder;
    assert.equal(startOf({ npm_lifecycle_event: 'twin', INIT_CWD: '/home/ada' }), '/home/ada');
    assert.equal(startOf({ npm_lifecycle_event: 'test', INIT_CWD: '/home/ada' }), process.cwd());
    assert.equal(startOf({ INIT_CWD: '/home/ada' }), process.cwd());
    assert.equal(startOf({ npm_lifecycle_event: 'twin' }), process.cwd());
  });
});
