import type { Container, EphemeralContainer, PodSpec, ServiceAccount } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { parsesAsTrue } from '../../apimachinery/query-boolean.ts';

/** An account whose pods may use no secrets but those that it names. Source: "Configure Service Accounts for Pods"; kubernetes plugin/pkg/admission/serviceaccount. */
const MARK = 'kubernetes.io/enforce-mountable-secrets';

type Account = DeepReadonly<ServiceAccount>;

function isEnforced({ metadata }: Account): boolean {
  return parsesAsTrue(metadata.annotations?.[MARK] ?? '');
}

function namesOf(references: readonly { readonly name?: string }[] | undefined): ReadonlySet<string> {
  return new Set(references?.map(({ name = '' }) => name));
}

/** The first secret of a new pod that its account does not let it use, as the refusal tells it. */
export function secretProblem(account: Account, spec: DeepReadonly<PodSpec>): string | undefined {
  if (!isEnforced(account)) return undefined;
  const mountable = namesOf(account.secrets);
  const volume = spec.volumes?.find(({ secret }) => secret && !mountable.has(secret.secretName ?? ''));
  if (volume) return notReferenced('volume with', volume.secret?.secretName, account);
  const pullable = namesOf(account.imagePullSecrets);
  const i = spec.imagePullSecrets?.findIndex(({ name = '' }) => !pullable.has(name)) ?? -1;
  return (
    containerProblem('init container', spec.initContainers, account) ?? containerProblem('container', spec.containers, account) ??
    (i < 0 ? undefined : `imagePullSecrets[${i}].name="${spec.imagePullSecrets?.[i]?.name ?? ''}" is not allowed because service account ${account.metadata.name} does not reference that imagePullSecret`)
  );
}

/** The same of containers that are added to a running pod. */
export function ephemeralSecretProblem(account: Account, spec: DeepReadonly<PodSpec>): string | undefined {
  return isEnforced(account) ? containerProblem('ephemeral container', spec.ephemeralContainers, account) : undefined;
}

function containerProblem(what: string, containers: DeepReadonly<(Container | EphemeralContainer)[]> | undefined, account: Account): string | undefined {
  const mountable = namesOf(account.secrets);
  for (const { name, env = [], envFrom = [] } of containers ?? []) {
    const variable = env.find(({ valueFrom }) => valueFrom?.secretKeyRef && !mountable.has(valueFrom.secretKeyRef.name ?? ''));
    if (variable) return notReferenced(`${what} ${name} with envVar ${variable.name} referencing`, variable.valueFrom?.secretKeyRef?.name, account);
    const source = envFrom.find(({ secretRef }) => secretRef && !mountable.has(secretRef.name ?? ''));
    if (source) return notReferenced(`${what} ${name} with envFrom referencing`, source.secretRef?.name, account);
  }
  return undefined;
}

function notReferenced(what: string, secret: string | undefined, { metadata }: Account): string {
  return `${what} secret.secretName="${secret ?? ''}" is not allowed because service account ${metadata.name} does not reference that secret`;
}
