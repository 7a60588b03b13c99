import type { Secret } from '../api/generated/core-v1.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { InformerFilter } from '../client/informer.ts';

/** Where bootstrap tokens are. */
export const BOOTSTRAP_TOKENS: InformerFilter = { namespace: 'kube-system', fieldSelector: 'type=bootstrap.kubernetes.io/token' };

/** When a bootstrap token runs out, in ms since 1970; undefined: never. One that cannot be read has run out. Source: pkg/controller/bootstrap, tokencleaner.go. */
export function tokenExpiry({ data }: DeepReadonly<Secret>): number | undefined {
  const encoded = data?.['expiration'];
  if (!encoded) return undefined;
  const atMs = Date.parse(Buffer.from(encoded, 'base64').toString());
  return Number.isNaN(atMs) ? 0 : atMs;
}
