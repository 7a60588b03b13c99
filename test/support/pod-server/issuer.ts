/** Checks, as any relying party would, that the pod's token is what the cluster's issuer says of itself; says so in its last words. */
import { createPublicKey, verify, type webcrypto } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { ask } from './serve.ts';

const [head = '', claims = '', signature = ''] = readFileSync('/var/run/secrets/tokens/sa-token', 'utf8').trim().split('.');
const decoded = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
const { kid, alg } = decoded(head);
const { iss, aud, sub } = decoded(claims);

const document = await ask<{ issuer: string; jwks_uri: string; id_token_signing_alg_values_supported: string[] }>(`${String(iss)}/.well-known/openid-configuration`);
const { keys } = await ask<{ keys: (webcrypto.JsonWebKey & { kid: string })[] }>(document.jwks_uri);
const key = keys.find((one) => one.kid === kid);
const isSigned = key !== undefined && verify(
  'sha256', Buffer.from(`${head}.${claims}`),
  { key: createPublicKey({ key, format: 'jwk' }), ...(String(alg).startsWith('ES') && { dsaEncoding: 'ieee-p1363' as const }) },
  Buffer.from(signature, 'base64url'),
);
writeFileSync('/dev/termination-log', JSON.stringify({ aud, sub, isSigned, isIssuer: document.issuer === iss, isAlgorithm: document.id_token_signing_alg_values_supported.includes(String(alg)) }));
