import type { CertificateSigningRequest } from '../api/generated/certificates-v1.ts';
import type { Node } from '../api/generated/core-v1.ts';
import * as refs from '../api/refs.ts';
import { copyOf } from '../apimachinery/deep-copy.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Client } from '../client/client.ts';
import { Controller } from '../client/controller.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { Informer } from '../client/informer.ts';
import { readRequest, type CertificateRequest } from '../pki/index.ts';

const SIGNER = 'kubernetes.io/kubelet-serving';
const USER_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';

/**
 * Why a node may not have the serving certificate that it asks for; undefined when it may: its own name, and addresses that are neither the
 * Master's nor another node's. Kubernetes leaves this approval to the cluster's owner ("TLS bootstrapping", kubelet serving certificates).
 */
export function servingRefusal(
  request: CertificateRequest,
  options: { username: string; groups: readonly string[]; masterAddresses: readonly string[]; nodes: readonly DeepReadonly<Node>[] },
): string | undefined {
  const { username, groups, masterAddresses, nodes } = options;
  if (!username.startsWith(USER_PREFIX) || !groups.includes(NODES_GROUP)) return 'only nodes may ask for serving certificates of kubelets';
  const name = username.slice(USER_PREFIX.length);
  if (request.subject.commonName !== username) return 'a node may ask for itself only';
  if (request.names.dnsNames.some((one) => one !== name)) return 'a node may ask for its own name only';
  if (request.names.emails.length + request.names.uris.length > 0) return 'neither e-mail addresses nor URIs belong in a serving certificate';
  const taken = new Set(masterAddresses);
  for (const node of nodes) if (node.metadata.name !== name) for (const one of node.status.addresses ?? []) taken.add(one.address);
  const other = request.names.ipAddresses.find((address) => taken.has(address) || address.startsWith('127.') || address === '::1');
  return other === undefined ? undefined : `the address ${other} belongs to somebody else`;
}

/** Approves the requests of nodes for serving certificates, as `servingRefusal` judges them. */
export class KubeletServingApprover extends Controller {
  readonly #client: Client;
  readonly #requests: Informer<CertificateSigningRequest>;
  readonly #nodes: Informer<Node>;
  readonly #masterAddresses: readonly string[];

  constructor(options: { client: Client; informers: InformerFactory; clock: Clock; logger: Logger; masterAddresses: readonly string[] }) {
    super({ name: 'kubelet-serving-approver', clock: options.clock, logger: options.logger, workers: 1 });
    this.#client = options.client;
    this.#masterAddresses = options.masterAddresses;
    this.#nodes = this.reads(options.informers.informer(refs.nodes));
    this.#requests = this.watch(options.informers.informer(refs.certificateSigningRequests), (request) => (request.spec.signerName === SIGNER ? [request.metadata.name] : []));
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    const request = this.#requests.lister.get(key);
    if (!request || (request.status?.conditions?.length ?? 0) > 0) return;
    const refusal = this.#judge(request);
    const approved = copyOf(request) as CertificateSigningRequest;
    const condition = refusal === undefined ? { type: 'Approved', reason: 'AutoApproved', message: 'the node asks for itself' } : { type: 'Denied', reason: 'AutoDenied', message: refusal };
    approved.status = { ...approved.status, conditions: [{ ...condition, status: 'True' }] };
    await this.#client.resource(refs.certificateSigningRequests).update(approved, { signal }, 'approval');
  }

  #judge(request: DeepReadonly<CertificateSigningRequest>): string | undefined {
    let read: CertificateRequest;
    try {
      read = readRequest(Buffer.from(request.spec.request, 'base64').toString());
    } catch (error) {
      return error instanceof Error ? error.message : 'the request cannot be read';
    }
    const { username = '', groups = [] } = request.spec;
    return servingRefusal(read, { username, groups, masterAddresses: this.#masterAddresses, nodes: this.#nodes.lister.list() });
  }
}
