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
    const { crawlConcurrency, indexConcurrency, maxAttempts, ...config } = configFrom({});
    for (const number of [crawlConcurrency, indexConcurrency, maxAttempts]) assert.ok(number > 1);
    assert.deepEqual(config, {
      home: resolve('.twin'),
      author: undefined,
      crawl: {
        userAgent: undefined,
        contact: undefined,
        allowPrivate: false,
        timeoutMs: 15_000,
        intervalMs: 1_000,
        hostConcurrency: 1,
        proxy: undefined,
        proxyAuthority: undefined,
        robotsExempt: [],
        credentials: {
          mediumCookies: undefined,
          substackCookies: undefined,
          linkedinCookies: undefined,
          githubToken: undefined,
        },
        browser: { binary: undefined, driver: undefined, browsers: 2, pagesEach: 100, megabytesEach: 1_500 },
        linkedin: { ownProfile: false, login: undefined },
        github: { forks: false, archived: false },
      },
      queues: { kind: 'embedded' },
      embedder: 'hashing',
      logLevel: undefined,
      searchPath: [''],
      startFolder: process.cwd(),
    });
  });

  const everything = {
    TWIN_HOME: '/var/twin',
    TWIN_AUTHOR: 'Ada Lovelace',
    TWIN_CONTACT: 'ada@ada.example',
    TWIN_USER_AGENT: 'Analytical/1.0',
    TWIN_ALLOW_PRIVATE: '1',
    CRAWL_QUEUE_URL: crawlUrl,
    CHANGE_QUEUE_URL: changeUrl,
    EMBEDDER: 'hashing',
    CRAWL_CONCURRENCY: '1',
    INDEX_CONCURRENCY: '256',
    MAX_ATTEMPTS: '100',
    FETCH_TIMEOUT_MS: '100',
    CRAWL_INTERVAL_MS: '0',
    CRAWL_HOST_CONCURRENCY: '64',
    CRAWL_PROXY: 'http://ada:engine@proxy.example:3128',
    CRAWL_PROXY_CA: 'proxy.pem',
    ROBOTS_EXEMPT_HOSTS: 'ada.example , WWW.ada.example',
    MEDIUM_COOKIES: 'uid=1; sid=2',
    SUBSTACK_COOKIES: 'substack.sid=s%3A1;',
    LINKEDIN_COOKIES: 'li_at=AQED==',
    LINKEDIN_CRAWL: 'own-profile',
    LINKEDIN_USERNAME: 'ada',
    LINKEDIN_PASSWORD: 'engine',
    GITHUB_TOKEN: 'ghp_1',
    GITHUB_FORKS: '1',
    GITHUB_ARCHIVED: '1',
    BROWSERS: '16',
    BROWSER_PAGES: '1',
    BROWSER_MEMORY_MB: '200',
    CHROME_BINARY: '/usr/bin/chromium',
    CHROMEDRIVER: '/usr/bin/chromedriver',
    LOG_LEVEL: 'debug',
    PATH: '/usr/bin:/bin',
    npm_lifecycle_event: 'twin',
    INIT_CWD: '/home/ada',
  };

  test('takes every variable', () => {
    assert.deepEqual(configFrom({ ...everything, SOMETHING_ELSE: 'is none of its business' }), {
      home: '/var/twin',
      author: 'Ada Lovelace',
      crawl: {
        userAgent: 'Analytical/1.0',
        contact: 'ada@ada.example',
        allowPrivate: true,
        timeoutMs: 100,
        intervalMs: 0,
        hostConcurrency: 64,
        proxy: 'http://ada:engine@proxy.example:3128',
        proxyAuthority: '/home/ada/proxy.pem',
        robotsExempt: ['ada.example', 'www.ada.example'],
        credentials: {
          mediumCookies: 'uid=1; sid=2',
          substackCookies: 'substack.sid=s%3A1;',
          linkedinCookies: 'li_at=AQED==',
          githubToken: 'ghp_1',
        },
        browser: {
          binary: '/usr/bin/chromium',
          driver: '/usr/bin/chromedriver',
          browsers: 16,
          pagesEach: 1,
          megabytesEach: 200,
        },
        linkedin: { ownProfile: true, login: { username: 'ada', password: 'engine' } },
        github: { forks: true, archived: true },
      },
      queues: { kind: 'sqs', crawlUrl, changeUrl },
      embedder: 'hashing',
      crawlConcurrency: 1,
      indexConcurrency: 256,
      maxAttempts: 100,
      logLevel: 'debug',
      searchPath: ['/usr/bin', '/bin'],
      startFolder: '/home/ada',
    });
  });

  test('takes an empty variable for one that is not set', () => {
    const names = [...Object.keys(everything), 'MONGODB_URI', 'QDRANT_URL'];
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
    ['CRAWL_INTERVAL_MS', '600001', 'a whole number from 0 to 600000'],
    ['CRAWL_HOST_CONCURRENCY', '0', 'a whole number from 1 to 64'],
    ['CRAWL_PROXY', 'socks5://proxy.example', 'the http URL of a proxy'],
    [
      'ROBOTS_EXEMPT_HOSTS',
      'https://a.example/',
      'host names with commas between them, "blog.example, www.example.org"',
    ],
    ['TWIN_CONTACT', 'Åda', 'at most 200 printable ASCII characters'],
    ['TWIN_USER_AGENT', 'x'.repeat(201), 'at most 200 printable ASCII characters'],
    ['LINKEDIN_CRAWL', 'everyone', '"own-profile", which is to say that you have read the user agreement'],
    ['BROWSERS', '17', 'a whole number from 1 to 16'],
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

  test('shows no cookie, token or password of a proxy', () => {
    for (const [name, value] of [
      ['MEDIUM_COOKIES', 's3cret'],
      ['SUBSTACK_COOKIES', 'sid=s3\ncret'],
      ['LINKEDIN_COOKIES', 's3c=\u00e9'],
      ['GITHUB_TOKEN', 's3cret token'],
    ] as const) {
      assert.match(complaints({ [name]: value })[0] ?? '', new RegExp(`^${name} is "\\*\\*\\*", but takes `));
    }
    const [line = ''] = complaints({ CRAWL_PROXY: 'ftp://ada:s3cret@proxy.example' });
    assert.match(line, /\*\*\*@proxy/);
    assert.doesNotMatch(line, /s3cret/);
  });

  test('takes the name and the password for LinkedIn together, and an authority with its proxy only', () => {
    const together = ['LINKEDIN_USERNAME and LINKEDIN_PASSWORD go together: set both or neither'];
    assert.deepEqual(complaints({ LINKEDIN_USERNAME: 'ada' }), together);
    assert.deepEqual(complaints({ LINKEDIN_PASSWORD: 'engine' }), together);
    assert.deepEqual(complaints({ CRAWL_PROXY_CA: 'proxy.pem' }), [
      'CRAWL_PROXY_CA is the authority of a proxy: set CRAWL_PROXY with it, or neither',
    ]);
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
