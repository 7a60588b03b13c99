import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { Ingress } from '../generated/networking-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepStatus } from '../status-fields.ts';
import { ingressWarnings, validateIngress, validateIngressStatus, validateNewIngress } from './ingress-validation.ts';

const SHOWN_HOSTS = 3;

function hostsText({ spec }: DeepReadonly<Ingress>): string {
  const rules = spec.rules ?? [];
  const shown: string[] = [];
  for (const { host } of rules) {
    if (shown.length === SHOWN_HOSTS) return `${shown.join(',')} + ${rules.length - SHOWN_HOSTS} more...`;
    if (host) shown.push(host);
  }
  return shown.length === 0 ? '*' : shown.join(',');
}

function addressText({ status }: DeepReadonly<Ingress>): string {
  const addresses = new Set((status.loadBalancer.ingress ?? []).map((one) => one.ip || one.hostname || ''));
  return [...addresses].filter((one) => one !== '').sort().join(',');
}

export const ingress: KindDefinition<Ingress> = defineKind<Ingress>({
  group: 'networking.k8s.io', kind: 'Ingress', resource: 'ingresses', namespaced: true, shortNames: ['ing'],
  versions: [{ version: 'v1', message: 'networking.v1.Ingress' }],
  hasGeneration: true,
  subresources: { status: { validateUpdate: validateIngressStatus } },
  prepareForCreate(object) {
    object.status = { loadBalancer: {} };
  },
  validate: validateIngress,
  validateCreate: validateNewIngress,
  prepareForUpdate: keepStatus,
  warnings: ingressWarnings,
  columns: [
    nameColumn,
    textColumn('Class', 'The name of the IngressClass resource that should be used for additional configuration', ({ spec }) => spec.ingressClassName ?? '<none>'),
    textColumn('Hosts', 'Hosts that incoming requests are matched against before the ingress rule', hostsText),
    textColumn('Address', 'Address is a list containing ingress points for the load-balancer', addressText),
    textColumn('Ports', 'Ports of TLS configurations that open', ({ spec }) => ((spec.tls ?? []).length > 0 ? '80, 443' : '80')),
    ageColumn,
  ],
});
