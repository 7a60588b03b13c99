import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ServiceAccount } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';

/** Secrets are named only: what else a reference says is nobody's business. */
function keepSecretNames(account: ServiceAccount): void {
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}

const MOUNTABLE_ANNOTATION = 'kubernetes.io/enforce-mountable-secrets';

function accountWarnings({ metadata }: DeepReadonly<ServiceAccount>, old: DeepReadonly<ServiceAccount> | undefined): string[] {
  const isNew = metadata.annotations?.[MOUNTABLE_ANNOTATION] !== undefined && old?.metadata.annotations?.[MOUNTABLE_ANNOTATION] === undefined;
  return isNew ? [`metadata.annotations[${MOUNTABLE_ANNOTATION}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`] : [];
}

export const serviceAccount: KindDefinition<ServiceAccount> = defineKind<ServiceAccount>({
  group: '', kind: 'ServiceAccount', resource: 'serviceaccounts', namespaced: true, shortNames: ['sa'],
  versions: [{ version: 'v1', message: 'core.v1.ServiceAccount' }],
  subresources: { others: [{ name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] }] },
  prepareForCreate: keepSecretNames,
  prepareForUpdate: keepSecretNames,
  warnings: accountWarnings,
  deleteReturnsObject: true,
  columns: [nameColumn, ageColumn],
});
