import { isDeepStrictEqual } from 'node:util';
import type { TokenRequest } from '../../../api/generated/authentication-v1.ts';
import type { CertificateSigningRequest } from '../../../api/generated/certificates-v1.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import type { Eviction } from '../../../api/generated/policy-v1.ts';
import type { ResourceSlice } from '../../../api/generated/resource-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { readRequest } from '../../../pki/index.ts';
import { notFound, type StatusError } from '../../../apimachinery/status.ts';
import { isMirrorPod } from '../../authorization/node/node-graph.ts';
import { nodeOf } from '../../authorization/node/node-identity.ts';
import { apiReferenceIn } from '../../authorization/node/api-references.ts';
import type { Authorizer } from '../../authorization/authorizer.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { forbiddenLabels, forbiddenLabelChanges } from '../node-labels.ts';
import { NodeTokenAudience } from '../node-token-audience.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { refusal } from '../refusal.ts';

const KUBELET_SIGNERS: ReadonlySet<string> = new Set(['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet']);

/** A node changes nothing but itself and its own pods. Source: kubernetes plugin/pkg/admission/noderestriction. */
export class NodeRestriction implements AdmissionPlugin {
  readonly name = 'NodeRestriction';
  readonly #objects: () => CachedObjects;
  readonly #audience: NodeTokenAudience | undefined;
  readonly #checksRequests: boolean;

  constructor(tools: { readonly objects: () => CachedObjects; readonly authorizer: Authorizer; readonly featureGates?: (name: string) => boolean }) {
    const { featureGates } = tools;
    this.#objects = tools.objects;
    this.#audience = featureGates?.('ServiceAccountNodeAudienceRestriction') === false ? undefined : new NodeTokenAudience(tools);
    this.#checksRequests = featureGates?.('AllowInsecureKubeletCertificateSigningRequests') !== true;
  }

  handles(_operation: AdmissionAttributes['operation'], { user }: AdmissionAttributes): boolean {
    return nodeOf(user) !== undefined;
  }

  admit(attributes: AdmissionAttributes): Promise<void> | void {
    const node = nodeOf(attributes.user);
    if (node === undefined) return;
    if (node === '') throw refusal(attributes, `could not determine node from user ${JSON.stringify(attributes.user.name)}`);
    const target = `${attributes.group}/${attributes.resource}${attributes.subresource === '' ? '' : `/${attributes.subresource}`}`;
    switch (target) {
      case '/pods': return this.#pod(attributes, node);
      case '/pods/status': return this.#podStatus(attributes, node);
      case '/pods/eviction': return this.#eviction(attributes, node);
      case '/nodes': case '/nodes/status': return nodeObject(attributes, node);
      case '/persistentvolumeclaims/status': return claimStatus(attributes, node);
      case '/serviceaccounts/token': return attributes.operation === 'CREATE' ? this.#token(attributes, node) : undefined;
      case 'certificates.k8s.io/certificatesigningrequests': return this.#checksRequests ? ownRequest(attributes, node) : undefined;
      case 'coordination.k8s.io/leases': return ownName(attributes, node, 'can only access node lease with the same name as the requesting node', 'kube-node-lease');
      case 'storage.k8s.io/csinodes': return ownName(attributes, node, 'can only access CSINode with the same name as the requesting node');
      case 'resource.k8s.io/resourceslices': return resourceSlice(attributes, node);
    }
    if (target.startsWith('/pods/')) throw refusal(attributes, `unexpected pod subresource ${JSON.stringify(attributes.subresource)}, only 'status' and 'eviction' are allowed`);
    if (target.startsWith('/persistentvolumeclaims')) throw refusal(attributes, 'may only update PVC status');
  }

  #pod(attributes: AdmissionAttributes, node: string): void {
    if (attributes.operation === 'CREATE') return this.#mirrorPod(attributes, node);
    if (attributes.operation !== 'DELETE') throw refusal(attributes, `unexpected operation ${JSON.stringify(attributes.operation)}, node ${JSON.stringify(node)} can only create and delete mirror pods`);
    const pod = attributes.oldObject as DeepReadonly<Pod> | undefined;
    if (pod?.spec.nodeName !== node) throw refusal(attributes, `node ${JSON.stringify(node)} can only delete pods with spec.nodeName set to itself`);
  }

  #mirrorPod(attributes: AdmissionAttributes, node: string): void {
    const pod = attributes.object as DeepReadonly<Pod>;
    const quoted = JSON.stringify(node);
    const refuse = (why: string): StatusError => refusal(attributes, why);
    if (!isMirrorPod(pod)) throw refuse(`pod does not have "kubernetes.io/config.mirror" annotation, node ${quoted} can only create mirror pods`);
    if (pod.spec.nodeName !== node) throw refuse(`node ${quoted} can only create pods with spec.nodeName set to itself`);
    const owners = pod.metadata.ownerReferences ?? [];
    const [owner] = owners;
    if (!owner) throw refuse(`node ${quoted} can only create pods with an owner reference set to itself`);
    if (owners.length > 1) throw refuse(`node ${quoted} can only create pods with a single owner reference set to itself`);
    if (owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) throw refuse(`node ${quoted} can only create pods with an owner reference set to itself`);
    if (!owner.controller) throw refuse(`node ${quoted} can only create pods with a controller owner reference set to itself`);
    if (owner.blockOwnerDeletion) throw refuse(`node ${quoted} must not set blockOwnerDeletion on an owner reference`);
    const known = this.#objects().get(refs.nodes, node);
    if (!known) throw notFound({ group: '', resource: 'node' }, node);
    if (known.metadata.uid !== owner.uid) throw refuse(`node ${node} UID mismatch: expected ${owner.uid} got ${known.metadata.uid}`);
    const reference = apiReferenceIn(pod);
    if (reference !== undefined) throw refuse(`node ${quoted} can not create pods that reference ${reference}`);
  }

  #podStatus(attributes: AdmissionAttributes, node: string): void {
    const old = attributes.oldObject as DeepReadonly<Pod>;
    if (old.spec.nodeName !== node) throw refusal(attributes, `node ${JSON.stringify(node)} can only update pod status for pods with spec.nodeName set to itself`);
    if (!isDeepStrictEqual(old.metadata.labels ?? {}, attributes.object?.metadata.labels ?? {})) {
      throw refusal(attributes, `node ${JSON.stringify(node)} cannot update labels through pod status`);
    }
    // Who writes these says which claims the node may read.
    const { status } = attributes.object as DeepReadonly<Pod>;
    if (!isDeepStrictEqual(old.status?.resourceClaimStatuses ?? [], status?.resourceClaimStatuses ?? [])) throw refusal(attributes, `node ${JSON.stringify(node)} cannot update resource claim statues`);
    if (!isDeepStrictEqual(old.status?.extendedResourceClaimStatus, status?.extendedResourceClaimStatus)) throw refusal(attributes, `node ${JSON.stringify(node)} cannot update extended resource claim status`);
  }

  #eviction(attributes: AdmissionAttributes, node: string): void {
    const name = attributes.name || (attributes.object as Eviction | undefined)?.metadata.name || '';
    const pod = this.#objects().get(refs.pods, name, attributes.namespace);
    if (!pod) throw notFound({ group: '', resource: 'pod' }, name);
    if (pod.spec.nodeName !== node) throw refusal(attributes, `node ${node} can only evict pods with spec.nodeName set to itself`);
  }

  #token(attributes: AdmissionAttributes, node: string): Promise<void> | undefined {
    const { boundObjectRef: ref, audiences = [] } = (attributes.object as TokenRequest).spec;
    if (!ref || ref.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) throw refusal(attributes, 'node requested token not bound to a pod');
    if (!ref.uid) throw refusal(attributes, 'node requested token with a pod binding without a uid');
    const pod = this.#objects().get(refs.pods, ref.name, attributes.namespace);
    if (!pod) throw notFound({ group: '', resource: 'pod' }, ref.name);
    if (ref.uid !== pod.metadata.uid) {
      throw refusal(attributes, `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`);
    }
    if (pod.spec.nodeName !== node) throw refusal(attributes, 'node requested token bound to a pod scheduled on a different node');
    return this.#audience?.check(attributes, pod, audiences);
  }
}

function ownName(attributes: AdmissionAttributes, node: string, why: string, namespace?: string): void {
  if (namespace !== undefined && attributes.namespace !== namespace) throw refusal(attributes, `can only access leases in the ${JSON.stringify(namespace)} system namespace`);
  const name = attributes.operation === 'CREATE' ? attributes.object?.metadata.name : attributes.name;
  if (name !== node) throw refusal(attributes, why);
}

function resourceSlice(attributes: AdmissionAttributes, node: string): void {
  const { operation } = attributes;
  // Its node never changes: an update of one of another node is refused by the authorizer's field selector, or as what it is.
  const slice = (operation === 'CREATE' ? attributes.object : operation === 'DELETE' ? attributes.oldObject : undefined) as DeepReadonly<ResourceSlice> | undefined;
  if (slice && slice.spec.nodeName !== node) throw refusal(attributes, `can only ${operation.toLowerCase()} ResourceSlice with the same NodeName as the requesting node`);
}

/** A request for a certificate of a kubelet must be for that of the node itself. */
function ownRequest(attributes: AdmissionAttributes, node: string): void {
  const { signerName, request } = (attributes.object as CertificateSigningRequest | undefined)?.spec ?? {};
  if (attributes.operation !== 'CREATE' || request === undefined || !KUBELET_SIGNERS.has(signerName ?? '')) return;
  if (commonNameIn(attributes, request) !== `system:node:${node}`) throw refusal(attributes, `can only create a node CSR with CN=system:node:${node}`);
}

function commonNameIn(attributes: AdmissionAttributes, request: string): string {
  try {
    return readRequest(Buffer.from(request, 'base64').toString('latin1')).subject.commonName;
  } catch (error) {
    throw refusal(attributes, `unable to parse csr: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Only what resizing a volume writes may change. */
function claimStatus(attributes: AdmissionAttributes, node: string): void {
  const bare = ({ metadata, spec, status }: DeepReadonly<PersistentVolumeClaim>): object => {
    const { managedFields: _, resourceVersion: __, ...meta } = metadata;
    const { capacity: ___, conditions: ____, allocatedResources: _____, allocatedResourceStatuses: ______, ...rest } = status;
    return { meta, spec, rest };
  };
  if (attributes.operation !== 'UPDATE') throw refusal(attributes, `unexpected operation ${JSON.stringify(attributes.operation)}`);
  const isSame = isDeepStrictEqual(bare(attributes.oldObject as DeepReadonly<PersistentVolumeClaim>), bare(attributes.object as DeepReadonly<PersistentVolumeClaim>));
  if (!isSame) throw refusal(attributes, `node ${JSON.stringify(node)} is not allowed to update fields other than status.quantity and status.conditions`);
}

function nodeObject(attributes: AdmissionAttributes, node: string): void {
  const quoted = JSON.stringify(node);
  const object = attributes.object as DeepReadonly<Node> | undefined;
  const old = attributes.oldObject as DeepReadonly<Node> | undefined;
  const name = attributes.name || object?.metadata.name || '';
  if (name !== node) throw refusal(attributes, `node ${quoted} is not allowed to modify node ${JSON.stringify(name)}`);
  if (attributes.operation === 'CREATE' && object) {
    if (object.spec.configSource !== undefined) throw refusal(attributes, `node ${quoted} is not allowed to create pods with a non-nil configSource`);
    const labels = forbiddenLabels(object.metadata.labels);
    if (labels.length > 0) throw refusal(attributes, `node ${quoted} is not allowed to set the following labels: ${labels.join(', ')}`);
  }
  if (attributes.operation !== 'UPDATE' || !object || !old) return;
  if (object.spec.configSource !== undefined && !isDeepStrictEqual(object.spec.configSource, old.spec.configSource)) {
    throw refusal(attributes, `node ${quoted} is not allowed to update configSource to a new non-nil configSource`);
  }
  if (!isDeepStrictEqual(object.spec.taints ?? [], old.spec.taints ?? [])) throw refusal(attributes, `node ${quoted} is not allowed to modify taints`);
  if (!isDeepStrictEqual(object.metadata.ownerReferences ?? [], old.metadata.ownerReferences ?? [])) throw refusal(attributes, `node ${quoted} is not allowed to modify ownerReferences`);
  const labels = forbiddenLabelChanges(object.metadata.labels, old.metadata.labels);
  if (labels.length > 0) throw refusal(attributes, `is not allowed to modify labels: ${labels.join(', ')}`);
}
