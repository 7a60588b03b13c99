import { timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../api/generated/core-v1.ts';
import * as refs from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { parseTime, TimeError } from '../../apimachinery/time.ts';
import type { Clock } from '../../base/clock.ts';
import type { CachedObjects } from '../cacher/cached-objects.ts';
import type { Identity, TokenAuthenticator } from './authenticator.ts';

const PATTERN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const NAMESPACE = 'kube-system';

/** The tokens with which nodes join, kept as Secrets in kube-system. Source: "Authenticating with Bootstrap Tokens". */
export class BootstrapTokenAuthenticator implements TokenAuthenticator {
  readonly #objects: () => CachedObjects;
  readonly #clock: Clock;

  constructor(options: { objects: () => CachedObjects; clock: Clock }) {
    this.#objects = options.objects;
    this.#clock = options.clock;
  }

  authenticateToken(token: string): Identity | undefined {
    const [, id, secretPart] = PATTERN.exec(token) ?? [];
    if (id === undefined || secretPart === undefined) return undefined;
    const secret = this.#objects().get(refs.secrets, `bootstrap-token-${id}`, NAMESPACE);
    if (!secret || secret.type !== 'bootstrap.kubernetes.io/token' || secret.metadata.deletionTimestamp !== undefined) return undefined;
    const stored = textOf(secret, 'token-secret');
    if (textOf(secret, 'token-id') !== id || !isEqual(stored, secretPart)) return undefined;
    if (endOf(textOf(secret, 'expiration')) <= this.#clock.now()) return undefined;
    if (textOf(secret, 'usage-bootstrap-authentication') !== 'true') return undefined;
    const named = textOf(secret, 'auth-extra-groups');
    const extra = named === '' ? [] : named.split(',');
    if (!extra.every((group) => GROUP.test(group))) return undefined;
    return { user: { name: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...new Set(extra.sort())] } };
  }
}

/** When a token ends: one whose end nobody can read is over. */
function endOf(expiration: string): number {
  if (expiration === '') return Infinity;
  try {
    return parseTime(expiration);
  } catch (error) {
    if (error instanceof TimeError) return -Infinity;
    throw error;
  }
}

function textOf(secret: DeepReadonly<Secret>, key: string): string {
  return Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
}

/** In a time that does not tell how much of it is right. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
