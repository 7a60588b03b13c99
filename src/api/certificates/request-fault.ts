/** What is wrong with the request inside a CertificateSigningRequest, in the words of Go's crypto/x509 and encoding/asn1. */
import { readRequest } from '../../pki/index.ts';

const BLOCK = /-----BEGIN CERTIFICATE REQUEST-----\r?\n([\sA-Za-z0-9+/=]+)-----END CERTIFICATE REQUEST-----/;
const SEQUENCE = 0x30;

/** `base64`: the field as it is on the wire; undefined if nothing is wrong. */
export function requestFault(base64: string | null | undefined): string | undefined {
  const pem = BLOCK.exec(Buffer.from(base64 ?? '', 'base64').toString('latin1'));
  if (!pem) return 'PEM block type must be CERTIFICATE REQUEST';
  const der = Buffer.from(pem[1] ?? '', 'base64');
  if (der[0] !== SEQUENCE) return `asn1: structure error: tags don't match (16 vs ${tagText(der)}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} certificateRequest @2`;
  try {
    readRequest(pem[0]);
    return undefined;
  } catch (error) {
    const isUnsigned = error instanceof RangeError && error.message.includes('not signed');
    return isUnsigned ? 'x509: signature verification failed' : 'asn1: syntax error: data truncated';
  }
}

function tagText(der: Buffer): string {
  const first = der[0] ?? 0;
  return `{class:${first >> 6} tag:${first & 0x1f} length:${der[1] ?? 0} isCompound:${(first & 0x20) !== 0}}`;
}
