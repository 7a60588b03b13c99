import { isIP } from 'node:net';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { validateFullyQualifiedDomainName } from '../../apimachinery/validation/domain-names.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { cidrContains, spellingWarnings, validateIP, type Cidr } from '../../apimachinery/validation/ip.ts';
import { isLabelValue, isQualifiedName, validateLabels } from '../../apimachinery/validation/labels.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import type { Endpoint, EndpointPort, EndpointSlice, EndpointHints } from '../generated/discovery-v1.ts';
import { addInvalid } from '../path-segment.ts';

const ADDRESS_TYPES = new Set(['FQDN', 'IPv4', 'IPv6']);
const PROTOCOLS = new Set(['SCTP', 'TCP', 'UDP']);
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_TOPOLOGY_LABELS = 16;
const MAX_HINTS = 8;

const v4 = (ip: string, prefixLength: number): Cidr => ({ family: 'IPv4', ip, prefixLength });
const v6 = (ip: string, prefixLength: number): Cidr => ({ family: 'IPv6', ip, prefixLength });
/** Addresses that no endpoint can have. */
const SPECIAL: readonly [string, readonly Cidr[]][] = [
  ['may not be unspecified (0.0.0.0 or ::)', [v4('0.0.0.0', 32), v6('::', 128)]],
  ['may not be in the loopback range (127.0.0.0/8, ::1/128)', [v4('127.0.0.0', 8), v6('::1', 128)]],
  ['may not be in the link-local range (169.254.0.0/16, fe80::/10)', [v4('169.254.0.0', 16), v6('fe80::', 10)]],
  ['may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)', [v4('224.0.0.0', 24), v6('ff02::', 16)]],
];

function validateAddress(address: string, type: string, addresses: FieldPath, index: number, errors: FieldErrors): void {
  const path = addresses.index(index);
  if (type === 'FQDN') {
    validateFullyQualifiedDomainName(address, path, errors);
    return;
  }
  if (!validateIP(address, path, errors)) return;
  if (type === 'IPv4' && isIP(address) !== 4) errors.invalid(addresses, address, 'must be an IPv4 address');
  if (type === 'IPv6' && isIP(address) !== 6) errors.invalid(addresses, address, 'must be an IPv6 address');
  for (const [text, blocks] of SPECIAL) if (blocks.some((block) => cidrContains(block, address))) errors.invalid(path, address, text);
}

function validateTopology(topology: DeepReadonly<Record<string, string>> = {}, path: FieldPath, errors: FieldErrors): void {
  const labels = Object.keys(topology).length;
  if (labels > MAX_TOPOLOGY_LABELS) errors.tooMany(path, labels, MAX_TOPOLOGY_LABELS);
  validateLabels(topology, path, errors);
}

/** Whether the list is short enough for what comes after it to be looked at. */
function validateHintList(hints: DeepReadonly<{ name: string }[]>, rule: (name: string) => string[], path: FieldPath, errors: FieldErrors): boolean {
  if (hints.length > MAX_HINTS) {
    errors.tooMany(path, hints.length, MAX_HINTS);
    return false;
  }
  hints.forEach(({ name }, i) => {
    if (hints.findIndex((one) => one.name === name) < i) errors.duplicate(path.index(i).child('name'), name);
    addInvalid(rule(name), name, path.index(i).child('name'), errors);
  });
  return true;
}

function validateHints(hints: DeepReadonly<EndpointHints> | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!hints || !validateHintList(hints.forZones ?? [], isLabelValue, path.child('forZones'), errors)) return;
  validateHintList(hints.forNodes ?? [], isDns1123Subdomain, path.child('forNodes'), errors);
}

function validateEndpoint(endpoint: DeepReadonly<Endpoint>, type: string, path: FieldPath, errors: FieldErrors): void {
  const addresses = endpoint.addresses ?? [];
  const addressesPath = path.child('addresses');
  if (addresses.length === 0) errors.required(addressesPath, 'must contain at least 1 address');
  else if (addresses.length > MAX_ADDRESSES) errors.tooMany(addressesPath, addresses.length, MAX_ADDRESSES);
  if (ADDRESS_TYPES.has(type)) addresses.forEach((address, i) => validateAddress(address, type, addressesPath, i, errors));
  if (endpoint.nodeName !== undefined) addInvalid(isDns1123Subdomain(endpoint.nodeName), endpoint.nodeName, path.child('nodeName'), errors);
  validateTopology(endpoint.deprecatedTopology, path.child('deprecatedTopology'), errors);
  if (endpoint.hostname !== undefined) addInvalid(isDns1123Label(endpoint.hostname), endpoint.hostname, path.child('hostname'), errors);
  validateHints(endpoint.hints, path.child('hints'), errors);
}

function validatePorts(ports: DeepReadonly<EndpointPort[]>, path: FieldPath, errors: FieldErrors): void {
  if (ports.length > MAX_PORTS) {
    errors.tooMany(path, ports.length, MAX_PORTS);
    return;
  }
  ports.forEach((port, i) => {
    const portPath = path.index(i);
    const name = port.name ?? '';
    if (name !== '') addInvalid(isDns1123Label(name), name, portPath.child('name'), errors);
    if (ports.findIndex((one) => (one.name ?? '') === name) < i) errors.duplicate(portPath.child('name'), name);
    if (port.protocol === undefined) errors.required(portPath.child('protocol'));
    else if (!PROTOCOLS.has(port.protocol)) errors.notSupported(portPath.child('protocol'), port.protocol, PROTOCOLS);
    if (port.appProtocol !== undefined) addInvalid(isQualifiedName(port.appProtocol), port.appProtocol, portPath.child('appProtocol'), errors);
  });
}

/** Source: pkg/apis/discovery/validation, ValidateEndpointSlice. */
export function validateEndpointSlice(slice: DeepReadonly<EndpointSlice>, errors: FieldErrors): void {
  const path = FieldPath.of('addressType');
  if (slice.addressType === '') errors.required(path);
  else if (!ADDRESS_TYPES.has(slice.addressType)) errors.notSupported(path, slice.addressType, ADDRESS_TYPES);
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > MAX_ENDPOINTS) errors.tooMany(FieldPath.of('endpoints'), endpoints.length, MAX_ENDPOINTS);
  else endpoints.forEach((endpoint, i) => validateEndpoint(endpoint, slice.addressType, FieldPath.of('endpoints').index(i), errors));
  validatePorts(slice.ports ?? [], FieldPath.of('ports'), errors);
}

export function validateEndpointSliceUpdate(slice: DeepReadonly<EndpointSlice>, old: DeepReadonly<EndpointSlice>, errors: FieldErrors): void {
  validateImmutable(slice.addressType, old.addressType, FieldPath.of('addressType'), errors);
}

export function endpointSliceWarnings(slice: DeepReadonly<EndpointSlice>, old: DeepReadonly<EndpointSlice> | undefined): string[] {
  if (slice.addressType === 'FQDN') return old ? [] : ['spec.addressType: FQDN endpoints are deprecated'];
  return (slice.endpoints ?? []).flatMap(({ addresses }, i) => {
    const path = FieldPath.of('endpoints').index(i).child('addresses');
    return (addresses ?? []).flatMap((address, j) => spellingWarnings(address, path.index(j)));
  });
}
