import ipaddr from 'ipaddr.js';

const meanings: Readonly<Record<string, string>> = {
  loopback: 'a loopback address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  carrierGradeNat: 'a private address',
  linkLocal: 'a link-local address',
  multicast: 'a multicast address',
  broadcast: 'a broadcast address',
  unspecified: 'the unspecified address',
};

/**
 * Says why an address is not one of the public internet, following the IANA special-purpose registries for IPv4 and IPv6
 * (RFC 6890): loopback, private, shared, link-local (with the metadata services of clouds), multicast, documentation,
 * benchmarking, reserved. IPv6 outside of 2000::/3 is refused as a whole, and so are the forms that carry an IPv4 address
 * inside (mapped, compatible, 6to4, Teredo); only NAT64 (64:ff9b::/96), which is how a host without IPv4 sees the public
 * IPv4 internet, is judged by the address inside.
 * @returns such as `a private address`, or undefined when it may be connected to
 */
export function refusalOf(address: string): string | undefined {
  if (!ipaddr.isValid(address)) {
    return 'not an IP address';
  }
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv4) {
    return meaningOf(parsed.range());
  }
  if (parsed.match(wellKnownNat64)) {
    return meaningOf(new ipaddr.IPv4(parsed.toByteArray().slice(12)).range());
  }
  const refusal = meaningOf(parsed.range());
  return refusal === undefined && !parsed.match(globalUnicast) ? 'a reserved address' : refusal;
}

const wellKnownNat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

function meaningOf(range: string): string | undefined {
  return range === 'unicast' ? undefined : (meanings[range] ?? 'a reserved address');
}
