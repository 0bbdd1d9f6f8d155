import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DnsHostResolver, type Lookup } from '../../../runtime/adapters/http/dns-host-resolver.ts';
import { RejectedInput, TransientError } from '../../../runtime/domain/errors.ts';

const answering = (...addresses: string[]): Lookup => {
  return () => Promise.resolve(addresses);
};
const failing = (code: string): Lookup => {
  return () => Promise.reject(Object.assign(new Error(`getaddrinfo ${code}`), { code }));
};
const neverAsked: Lookup = (hostname) => {
  assert.fail(`DNS was asked for ${hostname}`);
};

function rejectedWith(reason: string, message: string | RegExp) {
  return (error: unknown) => {
    assert(error instanceof RejectedInput, String(error));
    assert.equal(error.reason, reason);
    if (typeof message === 'string') {
      assert.equal(error.message, message);
    } else {
      assert.match(error.message, message);
    }
    return true;
  };
}

test('of several addresses only those on the public internet are given out', async () => {
  const lookup = answering('10.0.0.1', '93.184.215.14', 'fe80::1', '2606:2800:21f:cb07:6820:80da:af6b:8b2c');
  const resolver = new DnsHostResolver({ allowPrivate: false, lookup });
  assert.deepEqual(await resolver.resolve('example.com'), ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c']);
  const open = new DnsHostResolver({ allowPrivate: true, lookup });
  assert.equal((await open.resolve('example.com')).length, 4);
});

test('a name with private addresses only is refused, and the message says which and what to do', async () => {
  const resolver = new DnsHostResolver({ allowPrivate: false, lookup: answering('10.0.0.1', '127.0.0.1') });
  await assert.rejects(
    resolver.resolve('intra.example.com'),
    rejectedWith(
      'forbidden_address',
      'intra.example.com is at 10.0.0.1, which is a private address; pass --allow-private to allow it',
    ),
  );
});

test('IP literals in any spelling are judged without asking DNS', async () => {
  const resolver = new DnsHostResolver({ allowPrivate: false, lookup: neverAsked });
  const spellings = ['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.0.0.1.', '127.0.0.1'];
  for (const host of [...spellings, '::1', '[::1]', '::ffff:127.0.0.1', '[0:0:0:0:0:0:0:1]', 'fe80::1%lo']) {
    await assert.rejects(resolver.resolve(host), rejectedWith('forbidden_address', /--allow-private/), host);
  }
  assert.deepEqual(await resolver.resolve('0x08080808'), ['8.8.8.8']);
  assert.deepEqual(await resolver.resolve('[2606:4700::1111]'), ['2606:4700::1111']);
});

test('localhost and the names below it are refused without asking DNS', async () => {
  const resolver = new DnsHostResolver({ allowPrivate: false, lookup: neverAsked });
  for (const host of ['localhost', 'LOCALHOST', 'localhost.', 'printer.localhost', 'a.b.localhost.']) {
    await assert.rejects(resolver.resolve(host), rejectedWith('forbidden_address', /is this machine itself/), host);
  }
  const open = new DnsHostResolver({ allowPrivate: true, lookup: answering('127.0.0.1') });
  assert.deepEqual(await open.resolve('localhost'), ['127.0.0.1']);
});

test('what is not a host name is not asked for', async () => {
  const resolver = new DnsHostResolver({ allowPrivate: true, lookup: neverAsked });
  for (const host of ['', 'a b', 'user@example.com', 'example.com/path', 'example.com:8080', '1.2.3.256', '[::1']) {
    await assert.rejects(resolver.resolve(host), rejectedWith('unknown_host', /is not a host name/), host);
  }
});

test('a name that does not exist is rejected, a DNS server that does not answer is tried again', async () => {
  for (const lookup of [failing('ENOTFOUND'), failing('ENODATA'), answering()]) {
    const resolver = new DnsHostResolver({ allowPrivate: false, lookup });
    await assert.rejects(resolver.resolve('nowhere.example'), rejectedWith('unknown_host', /nowhere\.example/));
  }
  for (const code of ['EAI_AGAIN', 'ESERVFAIL', 'ETIMEOUT']) {
    const resolver = new DnsHostResolver({ allowPrivate: false, lookup: failing(code) });
    await assert.rejects(resolver.resolve('slow.example'), TransientError, code);
  }
});

test('an aborted look-up ends with the reason of the signal', async () => {
  const controller = new AbortController();
  const resolver = new DnsHostResolver({ allowPrivate: false, lookup: () => new Promise(() => undefined) });
  const pending = resolver.resolve('slow.example', controller.signal);
  const reason = new Error('stopping');
  controller.abort(reason);
  await assert.rejects(pending, reason);
});

test('whatever is asked for, no private address is given out and no other error is thrown', async () => {
  const host = fc.oneof(fc.string(), fc.ipV4Extended(), fc.ipV6(), fc.domain(), fc.integer({ min: 0 }).map(String));
  const addresses = fc.array(fc.oneof(fc.ipV4(), fc.constantFrom('127.0.0.1', '10.0.0.1', '8.8.8.8')), {
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(host, addresses, async (hostname, answer) => {
      const resolver = new DnsHostResolver({ allowPrivate: false, lookup: answering(...answer) });
      const found = await resolver.resolve(hostname).catch((error: unknown) => {
        assert(error instanceof RejectedInput, String(error));
        return ['8.8.8.8'];
      });
      assert(found.length > 0);
      for (const address of found) {
        assert.doesNotMatch(address, /^(?:10|127|0)\.|^169\.254\.|^192\.168\./);
      }
    }),
  );
});
