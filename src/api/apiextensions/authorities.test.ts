import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { newAuthority } from '../../pki/index.ts';
import type { CustomResourceDefinition } from '../generated/apiextensions-v1.ts';
import { authoritiesCondition, validateAuthorities } from './authorities.ts';

const good = newAuthority({ commonName: 'test', notBefore: 0, notAfter: 1e12 }).certificatePem;
const block = (type: string): string => `-----BEGIN ${type}-----\nAA==\n-----END ${type}-----\n`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function definition(bundle?: string): CustomResourceDefinition {
  return { spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig: { url: 'https://a', ...(bundle !== undefined && { caBundle: bundle }) }, conversionReviewVersions: ['v1'] } } } } as CustomResourceDefinition;
}

for (const { name, now, old, fault } of [
  { name: 'good ones may come', now: base64(good), old: undefined, fault: undefined },
  { name: 'bad ones beside good ones do no harm', now: base64(good + block('CERTIFICATE')), old: base64(good), fault: undefined },
  { name: 'what is no PEM may not come', now: base64('\n'), old: base64(good), fault: 'unable to parse bytes as PEM block' },
  { name: 'nor where nothing was', now: base64('\n'), old: undefined, fault: 'unable to parse bytes as PEM block' },
  { name: 'nor keys', now: base64(block('KEY')), old: base64(good), fault: 'no valid certificate authority data seen' },
  { name: 'nor certificates that cannot be read', now: base64(block('CERTIFICATE')), old: base64(good), fault: 'failed to parse certificate: x509: malformed certificate' },
  { name: 'bad ones may stay bad', now: base64('x'), old: base64('\n'), fault: undefined },
]) test(`authorities of a conversion webhook: ${name}`, () => {
  const errors = new FieldErrors();
  validateAuthorities(definition(now), definition(old), errors);
  const expected = fault === undefined ? [] : [`spec.conversion.webhookClientConfig.caBundle: Invalid value: "${now}": unable to load root certificates: ${fault}`];
  assert.deepEqual(errors.causes.map(({ field, message }) => `${field}: ${message}`), expected);
});

test('a definition whose webhook cannot be known is not established', () => {
  assert.equal(authoritiesCondition(definition(base64(good))), undefined);
  assert.equal(authoritiesCondition(definition()), undefined);
  const { status, reason, message } = authoritiesCondition(definition('Cg==')) ?? {};
  assert.deepEqual([status, reason], ['False', 'InvalidCABundle']);
  assert.equal(message, 'The conversion webhook CABundle is invalid: spec.conversion.webhook.clientConfig.caBundle: Invalid value: "Cg==": unable to load root certificates: unable to parse bytes as PEM block');
});
