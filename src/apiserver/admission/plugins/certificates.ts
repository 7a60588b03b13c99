import { isDeepStrictEqual } from 'node:util';
import type { CertificateSigningRequest } from '../../../api/generated/certificates-v1.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { readRequest } from '../../../pki/index.ts';
import type { Authorizer } from '../../authorization/authorizer.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor, refusal } from '../refusal.ts';
import { maySign } from '../signer-permission.ts';

const GROUP = 'certificates.k8s.io';
const REQUESTS = 'certificatesigningrequests';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const SUPERUSERS = 'system:masters';

type Csr = DeepReadonly<CertificateSigningRequest>;

/** Who approves or denies may do so for the signer. Source: kubernetes plugin/pkg/admission/certificates/approval. */
export class CertificateApproval implements AdmissionPlugin {
  readonly name = 'CertificateApproval';
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(operation: AdmissionAttributes['operation'], { group, resource, subresource }: AdmissionAttributes): boolean {
    return resource === REQUESTS && group === GROUP && subresource === 'approval' && operation === 'UPDATE';
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { signerName } = (attributes.oldObject as Csr).spec;
    if (await maySign(this.#authorizer, attributes.user, 'approve', signerName)) return;
    throw refusal(attributes, `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`);
  }
}

/** Who writes a certificate, or what became of it, may sign for the signer. Source: kubernetes plugin/pkg/admission/certificates/signing. */
export class CertificateSigning implements AdmissionPlugin {
  readonly name = 'CertificateSigning';
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(operation: AdmissionAttributes['operation'], { group, resource, subresource }: AdmissionAttributes): boolean {
    return resource === REQUESTS && group === GROUP && subresource === 'status' && operation === 'UPDATE';
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const [now, old] = [attributes.object as Csr, attributes.oldObject as Csr];
    if (isDeepStrictEqual([now.status.certificate, now.status.conditions], [old.status.certificate, old.status.conditions])) return;
    if (await maySign(this.#authorizer, attributes.user, 'sign', old.spec.signerName)) return;
    throw refusal(attributes, `user not permitted to sign requests with signerName ${JSON.stringify(old.spec.signerName)}`);
  }
}

/** Nobody becomes a superuser by a certificate. Source: kubernetes plugin/pkg/admission/certificates/subjectrestriction. */
export class CertificateSubjectRestriction implements AdmissionPlugin {
  readonly name = 'CertificateSubjectRestriction';

  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    return operation === 'CREATE' && isFor(attributes, GROUP, REQUESTS);
  }

  validate(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as Csr;
    if (spec.signerName !== CLIENT_SIGNER) return;
    if (organizations(attributes, spec.request).includes(SUPERUSERS)) throw refusal(attributes, `use of ${CLIENT_SIGNER} signer with ${SUPERUSERS} group is not allowed`);
  }
}

function organizations(attributes: AdmissionAttributes, request: string): readonly string[] {
  try {
    return readRequest(Buffer.from(request, 'base64').toString('latin1')).subject.organizations;
  } catch (error) {
    throw refusal(attributes, `failed to parse CSR: ${error instanceof Error ? error.message : String(error)}`);
  }
}

type TrustBundle = DeepReadonly<KubeObject & { spec: { signerName?: string } }>;

/** Who publishes a signer's trust anchors may attest for it. Source: kubernetes plugin/pkg/admission/certificates/ctbattest. */
export class ClusterTrustBundleAttest implements AdmissionPlugin {
  readonly name = 'ClusterTrustBundleAttest';
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(operation: AdmissionAttributes['operation'], { group, resource }: AdmissionAttributes): boolean {
    return resource === 'clustertrustbundles' && group === GROUP && (operation === 'CREATE' || operation === 'UPDATE');
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { spec } = attributes.object as TrustBundle;
    if (!spec.signerName || isDeepStrictEqual(spec, (attributes.oldObject as TrustBundle | undefined)?.spec)) return;
    if (await maySign(this.#authorizer, attributes.user, 'attest', spec.signerName)) return;
    throw refusal(attributes, `user not permitted to attest for signerName ${JSON.stringify(spec.signerName)}`);
  }
}
