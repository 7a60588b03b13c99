import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { Endpoints } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { endpointsWarnings, validateEndpoints, validateEndpointsUpdate } from './endpoints-validation.ts';
import { changesAndSpec } from '../update-orders.ts';

const ENDPOINTS_TEXT =
  'The set of all endpoints is the union of all subsets. Addresses are placed into subsets according to the IPs they share. A single address with multiple ports, some of which are ready and some of which are not (because they come from different containers) will result in the address being displayed in different subsets for the different ports. No address will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses and ports that comprise a service.';
const MAX_SHOWN = 3;

function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The first few ready addresses; those without a port stand alone. Source: printers/internalversion, formatEndpoints. */
function endpointsText({ subsets }: DeepReadonly<Endpoints>): string {
  if (!subsets || subsets.length === 0) return '<none>';
  const all: string[] = [];
  for (const { addresses, ports } of subsets) {
    const ips = (addresses ?? []).map(({ ip }) => ip);
    if (!ports || ports.length === 0) all.push(...ips);
    else for (const { port } of ports) all.push(...ips.map((ip) => joinHostPort(ip, port)));
  }
  const shown = all.slice(0, MAX_SHOWN).join(',');
  return all.length > MAX_SHOWN ? `${shown} + ${all.length - MAX_SHOWN} more...` : shown;
}

export const endpoints: KindDefinition<Endpoints> = defineKind<Endpoints>({
  group: '', kind: 'Endpoints', resource: 'endpoints', namespaced: true, shortNames: ['ep'], singular: 'endpoints',
  versions: [{ version: 'v1', message: 'core.v1.Endpoints', deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice' }],
  updateRules: changesAndSpec,
  allowCreateOnUpdate: true,
  default({ subsets }) {
    for (const subset of subsets ?? []) for (const port of subset.ports ?? []) port.protocol ??= 'TCP';
  },
  validateCreate: validateEndpoints,
  validateUpdate: validateEndpointsUpdate,
  warnings: endpointsWarnings,
  columns: [nameColumn, textColumn<Endpoints>('Endpoints', ENDPOINTS_TEXT, endpointsText), ageColumn],
});
