/** What is wrong with the request inside a CertificateSigningRequest, in the words of Go's crypto/x509 and encoding/asn1. */
import { readRequest } from '../../pki/index.ts';

const BLOCK = /-----BEGIN CERTIFICATE REQUEST-----\r?\n([\sA-Za-z0-9+/=]+)-----END CERTIFICATE REQUEST-----/;
const SEQUENCE = 0x10;
const PARAMETERS = '{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}';

/** `base64`: the field as it is on the wire; undefined if nothing is wrong. */
export function requestFault(base64: string | null | undefined): string | undefined {
  const pem = BLOCK.exec(Buffer.from(base64 ?? '', 'base64').toString('latin1'));
  if (!pem) return 'PEM block type must be CERTIFICATE REQUEST';
  const fault = derFault(Buffer.from(pem[1] ?? '', 'base64'));
  if (fault !== undefined) return `asn1: ${fault}`;
  try {
    readRequest(pem[0]);
    return undefined;
  } catch (error) {
    const isUnsigned = error instanceof RangeError && error.message.includes('not signed');
    return isUnsigned ? 'x509: signature verification failed' : 'asn1: syntax error: data truncated';
  }
}

/** The request is a sequence, whose first element is one too. */
function derFault(der: Buffer): string | undefined {
  const request = sequenceAt(der, 'certificateRequest');
  if (typeof request === 'string') return request;
  const inner = sequenceAt(request.content, 'tbsCertificateRequest');
  if (typeof inner === 'string') return inner;
  return request.hasMore ? 'syntax error: trailing data' : undefined;
}

/** `type`: what Go reads it into. */
function sequenceAt(der: Buffer, type: string): { readonly content: Buffer; readonly hasMore: boolean } | string {
  const [first, second] = der;
  if (first === undefined) return 'syntax error: sequence truncated';
  if (second === undefined) return 'syntax error: truncated tag or length';
  const octets = second & 0x80 ? second & 0x7f : 0;
  if (second === 0x80) return 'structure error: indefinite length found (not DER)';
  if (der.length < 2 + octets) return 'syntax error: truncated tag or length';
  let length = second & 0x7f;
  if (octets > 0) length = der.subarray(2, 2 + octets).reduce((sum, octet) => sum * 256 + octet, 0);
  const start = 2 + octets;
  const tag = first & 0x1f;
  const isCompound = (first & 0x20) !== 0;
  if (first >> 6 !== 0 || tag !== SEQUENCE || !isCompound) return `structure error: tags don't match (16 vs {class:${first >> 6} tag:${tag} length:${length} isCompound:${isCompound}}) ${PARAMETERS} ${type} @${start}`;
  if (start + length > der.length) return 'syntax error: data truncated';
  return { content: der.subarray(start, start + length), hasMore: der.length > start + length };
}
