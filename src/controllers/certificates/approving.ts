import type { SubjectAccessReview } from '../../api/generated/authorization-v1.ts';
import type { CertificateSigningRequest } from '../../api/generated/certificates-v1.ts';
import { certificateSigningRequests } from '../../api/refs.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { CertificateRequest, ControllerContext } from '../context.ts';
import { hasCondition, type Recognition, recognize } from './plan.ts';

/** Approves the requests of kubelets for client certificates when those who ask are allowed to have them without being asked. */
export class CertificateApprover extends Controller {
  readonly #client: Client;
  readonly #requests: Lister<CertificateSigningRequest>;
  readonly #read: ((pem: string) => CertificateRequest) | undefined;

  constructor(context: ControllerContext) {
    super({ name: 'certificatesigningrequest-approving-controller', clock: context.clock, logger: context.logger, workers: 2 });
    this.#client = context.client;
    const { certificateSigner } = context.options;
    this.#read = certificateSigner && ((pem) => certificateSigner.read(pem));
    this.#requests = this.watch(context.informers.informer(certificateSigningRequests), ({ metadata }) => [metadata.name]).lister;
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<undefined> {
    const request = this.#requests.get(name);
    if (!request || hasCondition(request, 'Approved', 'Denied', 'Failed') || !this.#read) return;
    const read = this.#tryRead(request);
    const recognition = read && (await this.#firstAllowed(request, recognize(request, read), signal));
    if (!recognition) return;
    const approved = copyOf<CertificateSigningRequest>(request as CertificateSigningRequest);
    const condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message: recognition.message };
    approved.status = { ...approved.status, conditions: [...(approved.status?.conditions ?? []), condition] };
    await this.#client.resource(certificateSigningRequests).update(approved, { signal }, 'approval');
  }

  /** A request that cannot be read is nobody's to approve: the signer will say why it failed. */
  #tryRead(request: DeepReadonly<CertificateSigningRequest>): CertificateRequest | undefined {
    try {
      return this.#read?.(Buffer.from(request.spec.request, 'base64').toString());
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  async #firstAllowed(request: DeepReadonly<CertificateSigningRequest>, recognitions: readonly Recognition[], signal: AbortSignal): Promise<Recognition | undefined> {
    for (const recognition of recognitions) if (await this.#isAllowed(request, recognition.permission, signal)) return recognition;
    return undefined;
  }

  async #isAllowed(request: DeepReadonly<CertificateSigningRequest>, subresource: string, signal: AbortSignal): Promise<boolean> {
    const { username, uid, groups, extra } = request.spec;
    const spec = {
      user: username, ...(uid && { uid }), groups, ...(extra && { extra }),
      resourceAttributes: { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', verb: 'create', subresource, version: '*' },
    };
    const review = { metadata: {}, spec } as unknown as Draft<SubjectAccessReview>;
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const body = { ...review, apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview' };
    const answer = (await this.#client.send({ method: 'POST', path, body, signal })) as SubjectAccessReview;
    return answer.status?.allowed ?? false;
  }
}
