function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function scramble(block: number): number {
  return Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

/**
 * MurmurHash3_x86_32 (Austin Appleby, public domain) with seed 0.
 * @returns a signed 32-bit integer
 */
export function murmur3(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bodyEnd = bytes.length & ~3;
  let hash = 0;
  for (let offset = 0; offset < bodyEnd; offset += 4) {
    hash = (Math.imul(rotate(hash ^ scramble(view.getInt32(offset, true)), 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let offset = bytes.length - 1; offset >= bodyEnd; offset--) tail = (tail << 8) | view.getUint8(offset);
  hash ^= scramble(tail) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
