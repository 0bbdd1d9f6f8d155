import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { refusalOf } from '../../../runtime/adapters/http/address-guard.ts';

test('public addresses may be connected to', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '140.82.121.4', '172.15.255.255', '172.32.0.0', '100.63.255.255']) {
    assert.equal(refusalOf(address), undefined, address);
  }
  for (const address of ['2606:4700::6810:84e5', '2a00:1450:4001:80b::200e', '64:ff9b::8.8.8.8']) {
    assert.equal(refusalOf(address), undefined, address);
  }
});

test('every kind of address that is not on the public internet is refused, and named', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['127.0.0.1', 'a loopback address'],
    ['127.255.255.254', 'a loopback address'],
    ['::1', 'a loopback address'],
    ['0.0.0.0', 'the unspecified address'],
    ['0.1.2.3', 'the unspecified address'],
    ['::', 'the unspecified address'],
    ['10.0.0.1', 'a private address'],
    ['172.16.0.1', 'a private address'],
    ['172.31.255.255', 'a private address'],
    ['192.168.1.1', 'a private address'],
    ['100.64.0.1', 'a private address'],
    ['fd00:ec2::254', 'a private address'],
    ['fc00::1', 'a private address'],
    ['169.254.169.254', 'a link-local address'],
    ['fe80::1', 'a link-local address'],
    ['fe80::1%eth0', 'a link-local address'],
    ['224.0.0.251', 'a multicast address'],
    ['ff02::1', 'a multicast address'],
    ['255.255.255.255', 'a broadcast address'],
    ['240.0.0.1', 'a reserved address'],
    ['192.0.0.8', 'a reserved address'],
    ['192.0.2.1', 'a reserved address'],
    ['198.18.0.1', 'a reserved address'],
    ['198.51.100.1', 'a reserved address'],
    ['203.0.113.1', 'a reserved address'],
    ['2001:db8::1', 'a reserved address'],
    ['3fff::1', 'a reserved address'],
    ['fec0::1', 'a reserved address'],
    ['100::1', 'a reserved address'],
    ['4000::1', 'a reserved address'],
    ['::ffff:127.0.0.1', 'a reserved address'],
    ['::ffff:8.8.8.8', 'a reserved address'],
    ['::ffff:0:127.0.0.1', 'a reserved address'],
    ['::127.0.0.1', 'a reserved address'],
    ['::8.8.8.8', 'a reserved address'],
    ['2002:7f00:1::', 'a reserved address'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'a reserved address'],
    ['64:ff9b::127.0.0.1', 'a loopback address'],
    ['64:ff9b::10.0.0.1', 'a private address'],
    ['64:ff9b::169.254.169.254', 'a link-local address'],
    ['64:ff9b:1::8.8.8.8', 'a reserved address'],
    ['example.com', 'not an IP address'],
    ['', 'not an IP address'],
  ];
  for (const [address, refusal] of refused) {
    assert.equal(refusalOf(address), refusal, address);
  }
});

test('no form of IPv6 carries a refused IPv4 address through', () => {
  const refused = fc.constantFrom([10], [127], [169, 254], [192, 168], [172, 16], [100, 64], [0], [224], [255]);
  const forms = ['::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::'];
  fc.assert(
    fc.property(
      refused,
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.constantFrom(...forms),
      (start, rest, form) => {
        const inside = [...start, ...rest].slice(0, 4).join('.');
        assert.notEqual(refusalOf(inside), undefined);
        assert.notEqual(refusalOf(`${form}${inside}`), undefined);
      },
    ),
  );
});
