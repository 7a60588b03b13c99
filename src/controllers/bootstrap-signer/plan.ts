import { createHmac } from 'node:crypto';
import type { ConfigMap, Secret } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { tokenExpiry } from '../bootstrap-token.ts';

const SIGNATURE_PREFIX = 'jws-kubeconfig-';

/** The data that `cluster-info` is to have: its kubeconfig, signed with every token that may sign. Source: pkg/controller/bootstrap, bootstrapsigner.go. */
export function planClusterInfo({ data = {} }: DeepReadonly<ConfigMap>, tokens: readonly DeepReadonly<Secret>[], nowMs: number): Record<string, string> | undefined {
  const { kubeconfig } = data;
  if (!kubeconfig) return undefined;
  const wanted: Record<string, string> = Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith(SIGNATURE_PREFIX)));
  for (const secret of tokens) {
    const text = (key: string): string => Buffer.from(secret.data?.[key] ?? '', 'base64').toString();
    const [id, key] = [text('token-id'), text('token-secret')];
    const isValid = (tokenExpiry(secret) ?? Infinity) > nowMs && !secret.metadata.deletionTimestamp;
    if (isValid && text('usage-bootstrap-signing') === 'true' && id && key && secret.metadata.name === `bootstrap-token-${id}`) wanted[`${SIGNATURE_PREFIX}${id}`] = detachedSignature(kubeconfig, id, key);
  }
  const isSame = Object.keys(wanted).length === Object.keys(data).length && Object.entries(wanted).every(([key, value]) => data[key] === value);
  return isSame ? undefined : wanted;
}

/** A JWS (HS256) of the content, without the content: who knows the token can tell that the cluster does too. */
export function detachedSignature(content: string, tokenId: string, tokenSecret: string): string {
  const encode = (text: string): string => Buffer.from(text).toString('base64url');
  const header = encode(JSON.stringify({ alg: 'HS256', kid: tokenId }));
  const signature = createHmac('sha256', `${tokenId}.${tokenSecret}`).update(`${header}.${encode(content)}`).digest('base64url');
  return `${header}..${signature}`;
}
