import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFault } from './request-fault.ts';

const text = (value: string): string => Buffer.from(value).toString('base64');
const pem = (...octets: number[]): string => text(`-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(octets).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`);
const mismatch = (was: string, type: string): string => `asn1: structure error: tags don't match (16 vs ${was}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} ${type} @2`;

for (const { name, request, fault } of [
  { name: 'no block', request: text('x'), fault: 'PEM block type must be CERTIFICATE REQUEST' },
  { name: 'half a header', request: pem(0x30), fault: 'asn1: syntax error: truncated tag or length' },
  { name: 'half a length', request: pem(0x30, 0x82, 1), fault: 'asn1: syntax error: truncated tag or length' },
  { name: 'no end', request: pem(0x30, 0x80, 0, 0), fault: 'asn1: structure error: indefinite length found (not DER)' },
  { name: 'a number', request: pem(2, 1, 5), fault: mismatch('{class:0 tag:2 length:1 isCompound:false}', 'certificateRequest') },
  { name: 'too little', request: pem(0x30, 5, 0), fault: 'asn1: syntax error: data truncated' },
  { name: 'nothing inside', request: pem(0x30, 0), fault: 'asn1: syntax error: sequence truncated' },
  { name: 'a number inside', request: pem(0x30, 3, 2, 1, 5), fault: mismatch('{class:0 tag:2 length:1 isCompound:false}', 'tbsCertificateRequest') },
  { name: 'something after it', request: pem(0x30, 2, 0x30, 0, 0), fault: 'asn1: syntax error: trailing data' },
]) test(`a signing request of ${name}`, () => assert.equal(requestFault(request), fault));
