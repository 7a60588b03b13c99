import type { Secret, ServiceAccount } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';

export const TOKEN_SECRET_TYPE = 'kubernetes.io/service-account-token';
export const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
export const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

export type TokenSecretPlan = 'nothing' | 'delete' | 'fill';

/** What becomes of a Secret that asks for a token: filled in, or deleted with its service account. Source: pkg/controller/serviceaccount, tokens_controller.go. */
export function planTokenSecret(secret: DeepReadonly<Secret>, account: DeepReadonly<ServiceAccount> | undefined, rootCA: string): TokenSecretPlan {
  const { annotations } = secret.metadata;
  if (secret.type !== TOKEN_SECRET_TYPE || !annotations?.[ACCOUNT_NAME] || secret.metadata.deletionTimestamp) return 'nothing';
  const uid = annotations[ACCOUNT_UID];
  if (!account || (uid !== undefined && uid !== '' && uid !== account.metadata.uid)) return 'delete';
  const isWhole = secret.data?.['token'] && secret.data['namespace'] && (rootCA === '' || secret.data['ca.crt'] === base64(rootCA));
  return isWhole ? 'nothing' : 'fill';
}

/** What remains of the Secrets that an account lists when one with its token has gone; undefined: it does not list it. Source: tokens_controller.go, removeSecretReference. */
export function withoutSecret({ secrets }: DeepReadonly<ServiceAccount>, name: string): DeepReadonly<ServiceAccount>['secrets'] | undefined {
  return secrets?.some((one) => one.name === name) ? secrets.filter((one) => one.name !== name) : undefined;
}

/** The claims of a legacy token: it lives as long as its Secret. */
export function legacyClaims(secret: DeepReadonly<Secret>, account: DeepReadonly<ServiceAccount>): Record<string, unknown> {
  const { name, namespace, uid } = account.metadata;
  return {
    iss: 'kubernetes/serviceaccount',
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': secret.metadata.name,
    'kubernetes.io/serviceaccount/service-account.name': name,
    'kubernetes.io/serviceaccount/service-account.uid': uid,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
