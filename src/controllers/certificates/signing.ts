import type { CertificateSigningRequest } from '../../api/generated/certificates-v1.ts';
import { certificateSigningRequests } from '../../api/refs.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { CertificateSigner, ControllerContext } from '../context.ts';
import { CLIENT, CLIENT_KUBELET, hasCondition, KUBELET_SERVING, signingProblem } from './plan.ts';
import { validityOf } from './validity.ts';

const SIGNERS: readonly string[] = [CLIENT, CLIENT_KUBELET, KUBELET_SERVING];

/** Signs approved requests of the signers of Kubernetes; what may not be signed gets the condition Failed. */
export class CertificateSigningController extends Controller {
  readonly #client: Client;
  readonly #requests: Lister<CertificateSigningRequest>;
  readonly #signer: CertificateSigner | undefined;
  readonly #durationMs: number;

  constructor(context: ControllerContext) {
    super({ name: 'certificatesigningrequest-signing-controller', clock: context.clock, logger: context.logger, workers: 2 });
    this.#client = context.client;
    this.#signer = context.options.certificateSigner;
    this.#durationMs = context.options.clusterSigningDurationMs;
    this.#requests = this.watch(context.informers.informer(certificateSigningRequests), ({ metadata }) => [metadata.name]).lister;
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<undefined> {
    const request = this.#requests.get(name);
    if (!request || !this.#signer || !SIGNERS.includes(request.spec.signerName)) return;
    if (request.status?.certificate || !hasCondition(request, 'Approved') || hasCondition(request, 'Denied', 'Failed')) return;
    const signed = copyOf<CertificateSigningRequest>(request as CertificateSigningRequest);
    signed.status = { ...signed.status, ...(await this.#outcome(request, this.#signer)) };
    await this.#client.resource(certificateSigningRequests).updateStatus(signed, { signal });
  }

  async #outcome(request: DeepReadonly<CertificateSigningRequest>, signer: CertificateSigner): Promise<NonNullable<CertificateSigningRequest['status']>> {
    const { signerName, usages = [], expirationSeconds } = request.spec;
    const requestPem = Buffer.from(request.spec.request, 'base64').toString();
    const problem = problemOf(() => signingProblem(signerName, usages, signer.read(requestPem)));
    if (problem !== undefined) {
      const condition = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: problem };
      return { conditions: [...((request.status?.conditions ?? []) as []), condition] };
    }
    const lifeMs = expirationSeconds === undefined ? this.#durationMs : Math.min(expirationSeconds * 1000, this.#durationMs);
    const chain = await signer.sign({ signerName, requestPem, usages, ...validityOf(this.clock.now(), lifeMs) });
    return { certificate: Buffer.from(chain).toString('base64') };
  }
}

function problemOf(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
