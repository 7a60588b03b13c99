import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { humanDuration } from '../../apimachinery/human-duration.ts';
import { pathSegmentName } from '../../apimachinery/validation/names.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { CertificateSigningRequest } from '../generated/certificates-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { keepSpec } from '../status-fields.ts';
import { approvalStrategy, statusStrategy } from './conditions.ts';
import { validateSigningRequest } from './validation.ts';
import { anewThenChanges } from '../update-orders.ts';

const SIGNER_TEXT =
  "Requested signer for the request. It is a qualified name in the form: `scope-hostname.io/name`. If empty, it will be defaulted:\n 1. If it's a kubelet client certificate, it is assigned\n    \"kubernetes.io/kube-apiserver-client-kubelet\".\n 2. If it's a kubelet serving certificate, it is assigned\n    \"kubernetes.io/kubelet-serving\".\n 3. Otherwise, it is assigned \"kubernetes.io/legacy-unknown\".\nDistribution of trust for signers happens out of band. You can select on this field using `spec.signerName`.";

function conditionText({ status }: DeepReadonly<CertificateSigningRequest>): string {
  const has = (type: string): boolean => (status.conditions ?? []).some((condition) => condition.type === type);
  let text = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  if (has('Failed')) text += ',Failed';
  if (status.certificate) text += ',Issued';
  return text;
}

const columns: readonly Column<CertificateSigningRequest>[] = [
  nameColumn,
  ageColumn,
  textColumn('SignerName', SIGNER_TEXT, ({ spec }) => spec.signerName || '<none>'),
  textColumn('Requestor', 'Base64-encoded PKCS#10 CSR data', ({ spec }) => spec.username ?? ''),
  textColumn('RequestedDuration', 'expirationSeconds is the requested duration of validity of the issued certificate. The certificate signer may issue a certificate with a different validity duration so a client must check the delta between the notBefore and and notAfter fields in the issued certificate to determine the actual duration.\n\nThe v1.22+ in-tree implementations of the well-known Kubernetes signers will honor this field as long as the requested duration is not greater than the maximum duration they will honor per the --cluster-signing-duration CLI flag to the Kubernetes controller manager.\n\nCertificate signers may not honor this field for various reasons:\n\n  1. Old signer that is unaware of the field (such as the in-tree\n     implementations prior to v1.22)\n  2. Signer whose configured maximum is shorter than the requested duration\n  3. Signer whose configured minimum is longer than the requested duration\n\nThe minimum valid value for expirationSeconds is 600, i.e. 10 minutes.', ({ spec }) => (spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000))),
  textColumn('Condition', 'Conditions applied to the request, such as approval or denial.', conditionText),
];

export const certificateSigningRequest: KindDefinition<CertificateSigningRequest> = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io', kind: 'CertificateSigningRequest', resource: 'certificatesigningrequests', namespaced: false, shortNames: ['csr'],
  versions: [{ version: 'v1', message: 'certificates.v1.CertificateSigningRequest' }],
  updateRules: anewThenChanges,
  subresources: { status: statusStrategy, others: [{ name: 'approval', kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'], strategy: approvalStrategy }] },
  // What cannot change is nobody's.
  resetFields: { '': ['spec', 'status'], status: ['spec'], approval: ['spec'] },
  prepareForCreate(object, { userName, userUid, userGroups, userExtra }) {
    const { spec } = object;
    spec.username = userName;
    if (userUid === '') delete spec.uid;
    else spec.uid = userUid;
    spec.groups = [...userGroups];
    const extra = Object.entries(userExtra).map(([key, values]): [string, string[]] => [key, [...values]]);
    if (extra.length === 0) delete spec.extra;
    else spec.extra = Object.fromEntries(extra);
    object.status = {};
  },
  prepareForUpdate(object, old) {
    keepSpec(object, old);
    object.status = structuredClone(old.status) as CertificateSigningRequest['status'];
  },
  validateName: pathSegmentName,
  validateCreate: validateSigningRequest,
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName },
  columns,
});
