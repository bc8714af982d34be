import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate with its key, as PEM texts. */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

/** A certificate authority for a test. Its certificates are good for a day, on 127.0.0.1. */
export interface TestAuthority extends TestCertificate {
  /** Issues a certificate for a server or a client of that name. */
  issue(name: string): TestCertificate
}

/**
 * Makes a certificate authority: X.509 by hand, as Node signs but makes no certificates.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc5280#section-4.1
 */
export function createTestAuthority(name: string): TestAuthority {
  const own = newKeys()
  const certify = (subject: string, keys: Keys, isAuthority: boolean) => {
    const content = certificateContent({ issuer: name, subject, isAuthority }, keys.publicKey)
    const signature = sign('sha256', content, own.privateKey)
    return pem('CERTIFICATE', sequence(content, ecdsaWithSha256, bitString(signature)))
  }
  return {
    cert: certify(name, own, true),
    key: keyPem(own),
    issue(subject) {
      const keys = newKeys()
      return { cert: certify(subject, keys, false), key: keyPem(keys) }
    },
  }
}

interface Keys {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

function newKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function keyPem({ privateKey }: Keys): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function certificateContent(
  { issuer, subject, isAuthority }: { issuer: string; subject: string; isAuthority: boolean },
  publicKey: KeyObject,
): Uint8Array {
  const dayMs = 86_400_000
  return sequence(
    tagged(0xa0, integer(Uint8Array.of(2))),
    integer(Uint8Array.of(1, ...randomBytes(8))),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(time(Date.now() - dayMs), time(Date.now() + dayMs)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(basicConstraints(isAuthority), subjectIsLocalhost)),
  )
}

// DER: tag, length, content.
function tagged(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return Uint8Array.of(tag, ...lengthBytes(length), ...parts.flatMap((part) => [...part]))
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return tagged(0x30, ...parts)
}

function integer(bytes: Uint8Array): Uint8Array {
  return tagged(0x02, bytes)
}

function bitString(bytes: Uint8Array): Uint8Array {
  return tagged(0x03, Uint8Array.of(0), bytes)
}

function octets(bytes: Uint8Array): Uint8Array {
  return tagged(0x04, bytes)
}

function objectId(...bytes: readonly number[]): Uint8Array {
  return tagged(0x06, Uint8Array.from(bytes))
}

function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return tagged(0x18, new TextEncoder().encode(digits))
}

function commonName(name: string): Uint8Array {
  const text = tagged(0x0c, new TextEncoder().encode(name))
  return sequence(tagged(0x31, sequence(objectId(0x55, 4, 3), text)))
}

const ecdsaWithSha256 = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2))

function basicConstraints(isAuthority: boolean): Uint8Array {
  const yes = tagged(0x01, Uint8Array.of(0xff))
  return sequence(objectId(0x55, 0x1d, 0x13), yes, octets(sequence(...(isAuthority ? [yes] : []))))
}

const subjectIsLocalhost = sequence(
  objectId(0x55, 0x1d, 0x11),
  octets(sequence(tagged(0x87, Uint8Array.of(127, 0, 0, 1)))),
)

function pem(label: string, der: Uint8Array): string {
  const lines = globalThis.Buffer.from(der)
    .toString('base64')
    .match(/.{1,64}/g)!
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
