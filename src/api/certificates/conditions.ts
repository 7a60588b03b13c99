/** What may become of a request's status. Source: pkg/apis/certificates/validation; pkg/registry/certificates/certificates/strategy.go. */
import { isDeepStrictEqual } from 'node:util';
import { X509Certificate } from 'node:crypto';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { formatTime } from '../../apimachinery/time.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../generated/certificates-v1.ts';
import { keepSpec } from '../status-fields.ts';
import type { StatusStrategy, StrategyContext } from '../kind.ts';

type Condition = CertificateSigningRequestCondition;
type Csr = CertificateSigningRequest;

const CONDITIONS = FieldPath.of('status.conditions');
const CERTIFICATE = FieldPath.of('status.certificate');
const DECISIONS = ['Approved', 'Denied'];
/** Once they are there they stay, and are never anything but True. */
const LASTING = [...DECISIONS, 'Failed'];

function ofType(csr: DeepReadonly<Csr>, type: string): DeepReadonly<Condition>[] {
  return (csr.status.conditions ?? []).filter((one) => one.type === type);
}

/** Fills in times that the client left out. */
function date(csr: Csr, old: DeepReadonly<Csr>, { nowMs }: StrategyContext): void {
  const now = formatTime(nowMs);
  for (const condition of csr.status.conditions ?? []) {
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= old.status.conditions?.find(({ type, status }) => type === condition.type && status === condition.status)?.lastTransitionTime ?? now;
  }
}

/** A signer's word does not change what was decided. */
function keepDecisions(csr: Csr, old: DeepReadonly<Csr>): void {
  for (const type of DECISIONS) {
    const before = ofType(old, type);
    if (before.length !== ofType(csr, type).length) continue; // for validation to refuse
    csr.status.conditions = csr.status.conditions?.map((one) => (one.type === type ? (structuredClone(before.shift()) as Condition) : one)) as Condition[];
    if (csr.status.conditions === undefined) delete csr.status.conditions;
  }
}

function validateConditions(csr: DeepReadonly<Csr>, old: DeepReadonly<Csr>, errors: FieldErrors): void {
  const conditions = csr.status.conditions ?? [];
  const hadBoth = DECISIONS.every((type) => ofType(old, type).length > 0);
  const hadTwice = (old.status.conditions ?? []).some(({ type }, i, all) => all.findIndex((one) => one.type === type) < i);
  const hadEmpty = ofType(old, '').length > 0;
  conditions.forEach(({ type, status }, i) => {
    const path = CONDITIONS.index(i);
    if (type === '' && !hadEmpty) errors.required(path.child('type'));
    const allowed = LASTING.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (status === '') errors.required(path.child('status'));
    else if (!allowed.includes(status)) errors.notSupported(path.child('status'), status, allowed);
    const opposite = DECISIONS.includes(type) ? DECISIONS.find((one) => one !== type) : undefined;
    const before = conditions.slice(0, i);
    if (!hadBoth && before.some((one) => one.type === opposite)) errors.invalid(path.child('type'), type, 'Approved and Denied conditions are mutually exclusive');
    if (!hadTwice && before.some((one) => one.type === type)) errors.duplicate(path.child('type'), type);
  });
}

/** What is wrong with the PEM text of an issued certificate; undefined for none. */
function certificateFault(certificate: string | undefined): string | undefined {
  if (!certificate) return undefined;
  const text = Buffer.from(certificate, 'base64').toString('latin1');
  const blocks = [...text.matchAll(/-----BEGIN ([^-]+)-----\r?\n(.*?)-----END \1-----/gs)];
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const [whole, type, content = ''] of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (content.includes(':')) return 'no PEM block headers are permitted';
    try {
      void new X509Certificate(whole);
    } catch {
      return 'x509: malformed certificate';
    }
  }
  return undefined;
}

interface Permissions {
  readonly mayDecide: boolean;
  readonly maySign: boolean;
}

function validateStatus(csr: DeepReadonly<Csr>, old: DeepReadonly<Csr>, errors: FieldErrors, { mayDecide, maySign }: Permissions): void {
  validateConditions(csr, old, errors);
  const { certificate } = csr.status;
  const isReplaced = certificate !== old.status.certificate;
  const fault = isReplaced && certificateFault(old.status.certificate) === undefined ? certificateFault(certificate) : undefined;
  if (fault !== undefined) errors.invalid(CERTIFICATE, '<certificate data>', fault);
  for (const type of LASTING) {
    if (ofType(csr, type).length < ofType(old, type).length) errors.forbidden(CONDITIONS, `updates may not remove a condition of type ${JSON.stringify(type)}`);
  }
  for (const type of mayDecide ? [] : DECISIONS) {
    const [now, before] = [ofType(csr, type), ofType(old, type)];
    if (now.length > before.length) errors.forbidden(CONDITIONS, `updates may not add a condition of type ${JSON.stringify(type)}`);
    else if (now.length === before.length && !isDeepStrictEqual(now, before)) errors.forbidden(CONDITIONS, `updates may not modify a condition of type ${JSON.stringify(type)}`);
  }
  if (!isReplaced) return;
  if (!maySign) errors.forbidden(CERTIFICATE, 'updates may not set certificate content');
  else if (old.status.certificate) errors.forbidden(CERTIFICATE, 'updates may not modify existing certificate content');
}

/** What signers write. */
export const statusStrategy: StatusStrategy<Csr> = {
  prepareForUpdate(csr, old, context) {
    keepSpec(csr, old);
    keepDecisions(csr, old);
    date(csr, old, context);
  },
  validateUpdate: (csr, old, errors) => validateStatus(csr, old, errors, { mayDecide: false, maySign: true }),
};

/** What approvers write: conditions alone. */
export const approvalStrategy: StatusStrategy<Csr> = {
  prepareForUpdate(csr, old, context) {
    keepSpec(csr, old);
    const { conditions } = csr.status;
    csr.status = { ...(structuredClone(old.status) as Csr['status']), ...(conditions && { conditions }) };
    if (!conditions) delete csr.status.conditions;
    date(csr, old, context);
  },
  validateUpdate: (csr, old, errors) => validateStatus(csr, old, errors, { mayDecide: true, maySign: false }),
};
