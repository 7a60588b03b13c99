/** Source: kubernetes pkg/apis/core/validation, ValidateEndpoints and ValidateEndpointIP. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName } from '../../apimachinery/validation/labels.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { semanticallyEqual } from '../../apimachinery/validation/immutable.ts';
import { isValidIP, lenientIP, spellingWarnings } from '../../apimachinery/validation/ip.ts';
import { isValidPort } from '../../apimachinery/validation/numbers.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { EndpointAddress, EndpointPort, Endpoints } from '../generated/core-v1.ts';

const protocols: ReadonlySet<string> = new Set(['SCTP', 'TCP', 'UDP']);

/** Addresses that no endpoint may have: traffic to them stays on, or leaves, the machine in ways nobody means. */
export function validateNonSpecialIp(ip: string, path: FieldPath, errors: FieldErrors): void {
  const read = lenientIP(ip);
  if (read === undefined) return errors.invalid(path, ip, 'must be a valid IP address');
  if (read === '0.0.0.0' || read === '::') errors.invalid(path, ip, `may not be unspecified (${ip})`);
  if (read.startsWith('127.') || read === '::1') errors.invalid(path, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (read.startsWith('169.254.') || /^fe[89ab].:/.test(read)) errors.invalid(path, ip, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  if (read.startsWith('224.0.0.') || /^ff.2:/.test(read)) errors.invalid(path, ip, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
}

const SUBSETS = FieldPath.of('subsets');

/** Subsets that stay as they are pass. */
export function validateEndpointsUpdate(endpoints: DeepReadonly<Endpoints>, old: DeepReadonly<Endpoints>, errors: FieldErrors): void {
  if (!semanticallyEqual(endpoints.subsets, old.subsets)) validateEndpoints(endpoints, errors);
}

export function endpointsWarnings({ subsets }: DeepReadonly<Endpoints>): string[] {
  return (subsets ?? []).flatMap((subset, i) => (['addresses', 'notReadyAddresses'] as const).flatMap((list) => {
    const path = SUBSETS.index(i).child(list);
    return (subset[list] ?? []).flatMap(({ ip }, j) => spellingWarnings(ip, path.index(j).child('ip')));
  }));
}

export function validateEndpoints({ subsets }: DeepReadonly<Endpoints>, errors: FieldErrors): void {
  subsets?.forEach(({ addresses = [], notReadyAddresses = [], ports = [] }, i) => {
    const at = SUBSETS.index(i);
    if (addresses.length === 0 && notReadyAddresses.length === 0) errors.required(at, 'must specify `addresses` or `notReadyAddresses`');
    addresses.forEach((address, j) => {
      validateAddress(address, at.child('addresses').index(j), errors);
    });
    notReadyAddresses.forEach((address, j) => {
      validateAddress(address, at.child('notReadyAddresses').index(j), errors);
    });
    ports.forEach((port, j) => {
      validatePort(port, ports.length > 1, at.child('ports').index(j), errors);
    });
  });
}

function validateAddress({ ip, hostname, nodeName }: DeepReadonly<EndpointAddress>, path: FieldPath, errors: FieldErrors): void {
  addInvalid(errors, path.child('ip'), ip, isValidIP(ip));
  if (hostname) addInvalid(errors, path.child('hostname'), hostname, isDns1123Label(hostname));
  if (nodeName !== undefined) addInvalid(errors, path.child('nodeName'), nodeName, isDns1123Subdomain(nodeName));
  validateNonSpecialIp(ip, path.child('ip'), errors);
}

function validatePort({ name, port, protocol, appProtocol }: DeepReadonly<EndpointPort>, needsName: boolean, path: FieldPath, errors: FieldErrors): void {
  if (name) addInvalid(errors, path.child('name'), name, isDns1123Label(name));
  else if (needsName) errors.required(path.child('name'));
  addInvalid(errors, path.child('port'), port, isValidPort(port));
  if (!protocol) errors.required(path.child('protocol'));
  else if (!protocols.has(protocol)) errors.notSupported(path.child('protocol'), protocol, protocols);
  if (appProtocol !== undefined) addInvalid(errors, path.child('appProtocol'), appProtocol, isQualifiedName(appProtocol));
}
