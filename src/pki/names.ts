import { isIP } from 'node:net';
import * as der from './der.ts';

/** A distinguished name in Kubernetes' use: the user and its groups. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  /** Of the user; more than one is a mistake of whoever made the name. Source: "Authenticating", X.509 client certificates. */
  readonly uids?: readonly string[];
}

const OID_COMMON_NAME = '2.5.4.3';
const OID_ORGANIZATION = '2.5.4.10';
/** Kubernetes' own: the uid of a user. */
const OID_UID = '1.3.6.1.4.1.57683.2';

export function encodeSubject(subject: Subject): Buffer {
  const attribute = (type: string, value: string): Buffer => der.sequence(der.oid(type), der.utf8(value));
  const names: Buffer[] = [];
  for (const organization of subject.organizations ?? []) names.push(der.set(attribute(OID_ORGANIZATION, organization)));
  names.push(der.set(attribute(OID_COMMON_NAME, subject.commonName)));
  for (const uid of subject.uids ?? []) names.push(der.set(attribute(OID_UID, uid)));
  return der.sequence(...names);
}

/** Reads `content` of a Name; attributes other than CN, O and the uid are passed over. */
export function readSubject(content: Buffer): Required<Subject> {
  const attributes = readNameAttributes(content);
  return { commonName: attributes.get(OID_COMMON_NAME)?.at(-1) ?? '', organizations: attributes.get(OID_ORGANIZATION) ?? [], uids: attributes.get(OID_UID) ?? [] };
}

/** All attributes of a Name, by the identifiers of their types. */
export function readNameAttributes(content: Buffer): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const relative of der.elements(content)) {
    for (const attribute of der.elements(relative.content)) {
      const [type, value] = der.elements(attribute.content);
      if (!type || !value) continue;
      const name = der.readOid(type.content);
      found.set(name, [...(found.get(name) ?? []), value.content.toString('utf8')]);
    }
  }
  return found;
}

/** Whom a serving certificate names. */
export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

const TAG_EMAIL = 0x81;
const TAG_DNS = 0x82;
const TAG_URI = 0x86;
const TAG_IP = 0x87;

export function encodeAlternativeNames(names: AlternativeNames): Buffer {
  return der.sequence(
    ...names.dnsNames.map((name) => der.encode(TAG_DNS, Buffer.from(name, 'latin1'))),
    ...names.ipAddresses.map((address) => der.encode(TAG_IP, ipBytes(address))),
  );
}

export interface ReadAlternativeNames extends AlternativeNames {
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

export function readAlternativeNames(bytes: Buffer): ReadAlternativeNames {
  const of = (tag: number): Buffer[] => items.filter((item) => item.tag === tag).map((item) => item.content);
  const items = der.elements(der.single(bytes, der.TAG.sequence).content);
  const text = (content: Buffer): string => content.toString('latin1');
  return { dnsNames: of(TAG_DNS).map(text), ipAddresses: of(TAG_IP).map(ipText), emails: of(TAG_EMAIL).map(text), uris: of(TAG_URI).map(text) };
}

/** The 4 or 16 bytes of an address. Throws RangeError for a text that is none. */
export function ipBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  if (isIP(address) !== 6) throw new RangeError(`${address} is no IP address`);
  const withoutV4 = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = '', tail] = withoutV4.split('::');
  const words = (text: string | undefined): number[] => (text ? text.split(':').map((word) => Number.parseInt(word, 16)) : []);
  const front = words(head);
  const back = words(tail);
  const all = tail === undefined ? front : [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
  const bytes = Buffer.alloc(16);
  all.forEach((word, index) => bytes.writeUInt16BE(word, index * 2));
  return bytes;
}

function ipText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const words: string[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) words.push(bytes.readUInt16BE(at).toString(16));
  return words.join(':').replace(/\b0(?::0)+\b/, '::').replace(/:{3,}/, '::');
}
