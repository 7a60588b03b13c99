/** Certificates by which a conversion webhook is known. Sources: apiserver pkg/util/webhook, ValidateCABundle; client-go transport, TLSConfigFor. */
import { X509Certificate } from 'node:crypto';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from '../generated/apiextensions-v1.ts';

const BLOCK = /-----BEGIN ([^-\n]+)-----\r?\n(?:[\s\S]*?)-----END \1-----/g;
const ESTABLISHED_PATH = FieldPath.of('spec.conversion.webhook.clientConfig.caBundle');

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}

function bundleOf({ spec }: DeepReadonly<CustomResourceDefinition>): string {
  return spec.conversion?.webhook?.clientConfig?.caBundle ?? '';
}

/** `bundle`: PEM in base64. Certificates that cannot be read do no harm beside others; undefined: all is well, or there is none. */
function faultOf(bundle: string): string | undefined {
  if (bundle === '') return undefined;
  const text = Buffer.from(bundle, 'base64').toString('latin1');
  const blocks = [...text.matchAll(BLOCK)];
  const certificates = blocks.filter(([, type]) => type === 'CERTIFICATE').map(([block]) => block);
  if (certificates.some(isCertificate)) return undefined;
  if (certificates.length > 0) return 'unable to load root certificates: failed to parse certificate: x509: malformed certificate';
  return `unable to load root certificates: ${blocks.length > 0 ? 'no valid certificate authority data seen' : 'unable to parse bytes as PEM block'}`;
}

/** A new definition may wait for its certificates, but those that it has may not go bad. */
export function validateAuthorities(definition: DeepReadonly<CustomResourceDefinition>, old: DeepReadonly<CustomResourceDefinition>, errors: FieldErrors): void {
  const fault = faultOf(bundleOf(definition));
  if (fault !== undefined && faultOf(bundleOf(old)) === undefined) errors.invalid(FieldPath.of('spec.conversion.webhookClientConfig.caBundle'), bundleOf(definition), fault);
}

/** Why a definition whose names are accepted is not served yet. */
export function authoritiesCondition(definition: DeepReadonly<CustomResourceDefinition>): Omit<CustomResourceDefinitionCondition, 'lastTransitionTime'> | undefined {
  const bundle = bundleOf(definition);
  const fault = faultOf(bundle);
  return fault === undefined ? undefined : {
    type: 'Established', status: 'False', reason: 'InvalidCABundle',
    message: `The conversion webhook CABundle is invalid: ${ESTABLISHED_PATH.toString()}: Invalid value: ${JSON.stringify(bundle)}: ${fault}`,
  };
}
