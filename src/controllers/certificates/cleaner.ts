import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '../../api/generated/certificates-v1.ts';
import { certificateSigningRequests } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import type { Lister } from '../../client/lister.ts';
import type { ControllerContext } from '../context.ts';

const HOUR_MS = 3_600_000;

/**
 * When a request may go, in ms since 1970: an hour after it was approved, denied or failed, a day after its creation if nobody has decided;
 * at once when its certificate has run out. Source: pkg/controller/certificates/cleaner.
 */
export function cleanupTime({ metadata, status }: DeepReadonly<CertificateSigningRequest>): number {
  const created = Date.parse(metadata.creationTimestamp);
  const expiry = status.certificate ? expiryOf(status.certificate) : undefined;
  const decided = ['Approved', 'Denied', 'Failed'].map((type) => status.conditions?.find((condition) => condition.type === type)).find((condition) => condition !== undefined);
  const decidedAt = Date.parse(decided?.lastUpdateTime ?? decided?.lastTransitionTime ?? metadata.creationTimestamp);
  const dueMs = decided ? decidedAt + HOUR_MS : created + 24 * HOUR_MS;
  return expiry === undefined ? dueMs : Math.min(dueMs, expiry);
}

function expiryOf(certificate: string): number | undefined {
  try {
    return new X509Certificate(Buffer.from(certificate, 'base64')).validToDate.getTime();
  } catch {
    return undefined; // what a signer of somebody else wrote need not be one
  }
}

/** Deletes certificate requests that nobody needs any more. */
export class CertificateCleaner extends Controller {
  readonly #client: Client;
  readonly #requests: Lister<CertificateSigningRequest>;

  constructor(context: ControllerContext) {
    super({ name: 'certificatesigningrequest-cleaner-controller', clock: context.clock, logger: context.logger, workers: 1 });
    this.#client = context.client;
    this.#requests = this.watch(context.informers.informer(certificateSigningRequests), ({ metadata }) => [metadata.name]).lister;
  }

  protected async reconcile(name: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const request = this.#requests.get(name);
    if (!request) return;
    const afterMs = cleanupTime(request) - this.clock.now();
    if (afterMs > 0) return { afterMs };
    try {
      await this.#client.resource(certificateSigningRequests).delete(name, { preconditions: { uid: request.metadata.uid }, signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
    }
    return undefined;
  }
}
