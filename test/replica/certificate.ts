import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  /** The certificate, and after it those that it hangs on. */
  readonly cert: string;
}

/** A DER value (X.690): tag, length in as few bytes as it takes, contents. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

const sequence = (...contents: readonly Uint8Array[]) => der(0x30, ...contents);
const objectId = (...bytes: readonly number[]) => der(0x06, Buffer.from(bytes));
const bitString = (unusedBits: number, bytes: Uint8Array) => der(0x03, Buffer.of(unusedBits), bytes);
const utcTime = (date: Date) => der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
const isTrue = der(0x01, Buffer.of(0xff));
const ecdsaWithSha256 = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const commonName = objectId(0x55, 0x04, 0x03);
const serverAuthentication = objectId(0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01);

const nameOf = (text: string) => sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(text)))));

/** An extension of RFC 5280, section 4.2.1, by the last byte of its id. */
const extension = (id: number, value: Uint8Array, critical = false) =>
  sequence(objectId(0x55, 0x1d, id), ...(critical ? [isTrue] : []), der(0x04, value));

const basicConstraints = (isAuthority: boolean) => extension(0x13, sequence(...(isAuthority ? [isTrue] : [])), true);
const keyUsage = (bits: number, unusedBits: number) => extension(0x0f, bitString(unusedBits, Buffer.of(bits)), true);
const alternativeNames = (...names: readonly Uint8Array[]) => extension(0x11, sequence(...names));
const keyId = (spki: Uint8Array) => createHash('sha1').update(spki).digest();
const subjectKeyId = (spki: Uint8Array) => extension(0x0e, der(0x04, keyId(spki)));
const authorityKeyId = (spki: Uint8Array) => extension(0x23, sequence(der(0x80, keyId(spki))));

interface CertificateContents {
  readonly subject: Uint8Array;
  readonly subjectKey: Uint8Array;
  readonly issuer: Uint8Array;
  readonly issuerKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
}

/** Valid from yesterday until tomorrow. */
function certificate({ subject, subjectKey, issuer, issuerKey, extensions }: CertificateContents): string {
  const day = 24 * 60 * 60 * 1000;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    issuer,
    sequence(utcTime(new Date(Date.now() - day)), utcTime(new Date(Date.now() + day))),
    subject,
    subjectKey,
    der(0xa3, sequence(...extensions)),
  );
  const signed = sequence(body, ecdsaWithSha256, bitString(0, sign('sha256', body, issuerKey)));
  const lines = signed.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function newKey(): { readonly privateKey: KeyObject; readonly spki: Buffer; readonly pem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { privateKey, spki: publicKey.export({ type: 'spki', format: 'der' }), pem };
}

/** A key and a certificate for 127.0.0.1 that signs itself. */
export function selfSignedCertificate(): KeyAndCertificate {
  const { privateKey, spki, pem } = newKey();
  const name = nameOf('replica');
  const extensions = [alternativeNames(der(0x87, Buffer.of(127, 0, 0, 1)))];
  const cert = certificate({ subject: name, subjectKey: spki, issuer: name, issuerKey: privateKey, extensions });
  return { key: pem, cert };
}

/** Signs for any host name, as the authority behind a proxy that reads TLS does. */
export class CertificateAuthority {
  /** PEM. */
  readonly cert: string;
  readonly #key = newKey();
  readonly #name = nameOf('Replica test authority');
  readonly #issued = new Map<string, KeyAndCertificate>();

  constructor() {
    const { privateKey, spki } = this.#key;
    // keyCertSign and cRLSign.
    const extensions = [basicConstraints(true), keyUsage(0b0000_0110, 1), subjectKeyId(spki)];
    const own = { subject: this.#name, subjectKey: spki, issuer: this.#name, issuerKey: privateKey, extensions };
    this.cert = certificate(own);
  }

  /** One certificate a host name, with the authority's own after it. */
  issue(host: string): KeyAndCertificate {
    const known = this.#issued.get(host);
    if (known !== undefined) return known;
    const { privateKey, spki: authoritySpki } = this.#key;
    const { spki, pem } = newKey();
    const cert = certificate({
      subject: nameOf(host.slice(0, 64)),
      subjectKey: spki,
      issuer: this.#name,
      issuerKey: privateKey,
      extensions: [
        basicConstraints(false),
        // digitalSignature.
        keyUsage(0b1000_0000, 7),
        extension(0x25, sequence(serverAuthentication)),
        alternativeNames(der(0x82, Buffer.from(host, 'latin1'))),
        subjectKeyId(spki),
        authorityKeyId(authoritySpki),
      ],
    });
    const issued = { key: pem, cert: cert + this.cert };
    this.#issued.set(host, issued);
    return issued;
  }
}
