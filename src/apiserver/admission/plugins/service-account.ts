import type { Container, Pod, ServiceAccount, Volume } from '../../../api/generated/core-v1.ts';
import * as refs from '../../../api/refs.ts';
import { copyOf } from '../../../apimachinery/deep-copy.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { randomSuffix, type Random } from '../../../base/random.ts';
import { isMirrorPod } from '../../authorization/node/node-graph.ts';
import { podReferences } from '../../authorization/node/pod-references.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { ephemeralSecretProblem, secretProblem } from '../mountable-secrets.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor, refusal } from '../refusal.ts';

const DEFAULT_ACCOUNT = 'default';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
/** An hour and a bit: the kubelet asks anew at 80 %; the odd seconds tell these tokens from others. */
const TOKEN_SECONDS = 3607;

/** Gives pods a service account, its token and its image pull secrets. Source: kubernetes plugin/pkg/admission/serviceaccount. */
export class ServiceAccountAdmission implements AdmissionPlugin {
  readonly name = 'ServiceAccount';
  readonly #objects: () => CachedObjects;
  readonly #random: Random;

  constructor(options: { objects: () => CachedObjects; random: Random }) {
    this.#objects = options.objects;
    this.#random = options.random;
  }

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return (operation === 'CREATE' && isFor(attributes, '', 'pods')) || (operation === 'UPDATE' && isFor(attributes, '', 'pods', 'ephemeralcontainers'));
  }

  admit(attributes: AdmissionAttributes): void | Promise<void> {
    if (attributes.operation !== 'CREATE') return;
    const pod = attributes.object as Pod;
    if (isMirrorPod(pod)) return this.validate(attributes);
    const { spec } = pod;
    const name = spec.serviceAccountName || DEFAULT_ACCOUNT;
    spec.serviceAccountName = name;
    spec.serviceAccount = name; // the old name of the field
    const account = this.#objects().find(refs.serviceAccounts, name, attributes.namespace);
    if (account instanceof Promise) return account.then((later) => this.#use(attributes, pod, later));
    this.#use(attributes, pod, account);
  }

  #use(attributes: AdmissionAttributes, pod: Pod, found: DeepReadonly<ServiceAccount> | undefined): void {
    const { spec } = pod;
    const account = required(attributes, spec.serviceAccountName ?? '', found);
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) this.#mountToken(pod);
    if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) spec.imagePullSecrets = copyOf(account.imagePullSecrets);
    this.validate(attributes);
  }

  validate(attributes: AdmissionAttributes): void {
    const pod = attributes.object as DeepReadonly<Pod>;
    const isAddition = attributes.operation === 'UPDATE';
    if (!isAddition && isMirrorPod(pod)) return requireMirror(attributes, pod);
    const name = pod.spec.serviceAccountName;
    if (!name) throw refusal(attributes, `no service account specified for pod ${attributes.namespace}/${pod.metadata.name}`);
    const account = required(attributes, name, this.#objects().get(refs.serviceAccounts, name, attributes.namespace));
    const problem = isAddition ? ephemeralSecretProblem(account, pod.spec) : secretProblem(account, pod.spec);
    if (problem !== undefined) throw refusal(attributes, problem);
  }

  /** Containers that mount something at the token's place keep it; without any other, there is no volume. */
  #mountToken(pod: Pod): void {
    const { spec } = pod;
    const known = spec.volumes?.find((volume) => volume.name.startsWith(VOLUME_PREFIX) && volume.projected !== undefined)?.name;
    const name = known ?? `${VOLUME_PREFIX}${randomSuffix(this.#random)}`;
    let isMounted = false;
    for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) isMounted = mount(container, name) || isMounted;
    if (isMounted && known === undefined) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
  }
}

/** A node's static pod says all by itself. */
function requireMirror(attributes: AdmissionAttributes, { metadata, spec }: DeepReadonly<Pod>): void {
  if (spec.serviceAccountName) throw refusal(attributes, 'a mirror pod may not reference service accounts');
  if (podReferences(metadata.name, spec).secrets.size > 0) throw refusal(attributes, 'a mirror pod may not reference secrets');
  const usesToken = spec.volumes?.some(({ projected }) => projected?.sources?.some((source) => source.serviceAccountToken)) ?? false;
  if (usesToken) throw refusal(attributes, 'a mirror pod may not use ServiceAccountToken volume projections');
}

function required(attributes: AdmissionAttributes, name: string, account: DeepReadonly<ServiceAccount> | undefined): DeepReadonly<ServiceAccount> {
  if (account) return account;
  throw refusal(attributes, `error looking up service account ${attributes.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`);
}

function mount(container: Container, name: string): boolean {
  if (container.volumeMounts?.some((one) => one.mountPath === MOUNT_PATH)) return false;
  container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: MOUNT_PATH }];
  return true;
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
      defaultMode: 0o644,
    },
  };
}
