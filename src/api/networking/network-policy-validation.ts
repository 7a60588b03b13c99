import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { cidrContains, spellingWarnings, validateCidr } from '../../apimachinery/validation/ip.ts';
import { validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { isValidPort, isValidPortName } from '../../apimachinery/validation/numbers.ts';
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../generated/networking-v1.ts';
import { addInvalid } from '../path-segment.ts';

const SPEC = FieldPath.of('spec');
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

function validatePort({ protocol, port, endPort }: DeepReadonly<NetworkPolicyPort>, path: FieldPath, errors: FieldErrors): void {
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) errors.notSupported(path.child('protocol'), protocol, PROTOCOLS);
  const endPath = path.child('endPort');
  if (port === undefined) {
    if (endPort !== undefined) errors.invalid(endPath, endPort, 'may not be specified when `port` is not specified');
  } else if (typeof port === 'number') {
    addInvalid(isValidPort(port), port, path.child('port'), errors);
    if (endPort !== undefined) {
      // The message shows the port, not the end.
      if (endPort < port) errors.invalid(endPath, port, 'must be greater than or equal to `port`');
      addInvalid(isValidPort(endPort), endPort, endPath, errors);
    }
  } else {
    if (endPort !== undefined) errors.invalid(endPath, endPort, 'may not be specified when `port` is non-numeric');
    addInvalid(isValidPortName(port), port, path.child('port'), errors);
  }
}

function validateBlock(block: DeepReadonly<IPBlock>, path: FieldPath, errors: FieldErrors): void {
  if (block.cidr === '') {
    errors.required(path.child('cidr'));
    return;
  }
  const cidr = validateCidr(block.cidr, path.child('cidr'), errors);
  block.except?.forEach((text, i) => {
    const exceptPath = path.child('except').index(i);
    const inner = validateCidr(text, exceptPath, errors);
    if (cidr && inner && !(inner.prefixLength > cidr.prefixLength && cidrContains(cidr, inner.ip))) errors.invalid(exceptPath, text, 'must be a strict subset of `cidr`');
  });
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: DeepReadonly<NetworkPolicyPeer>, path: FieldPath, errors: FieldErrors): void {
  if (podSelector) validateLabelSelector(podSelector, path.child('podSelector'), errors);
  if (namespaceSelector) validateLabelSelector(namespaceSelector, path.child('namespaceSelector'), errors);
  if (ipBlock) validateBlock(ipBlock, path.child('ipBlock'), errors);
  if (!podSelector && !namespaceSelector && !ipBlock) errors.required(path, 'must specify a peer');
  else if (ipBlock && (podSelector || namespaceSelector)) errors.forbidden(path, 'may not specify both ipBlock and another peer');
}

/** Source: pkg/apis/networking/validation, ValidateNetworkPolicySpec. */
export function validateNetworkPolicy({ spec }: DeepReadonly<NetworkPolicy>, errors: FieldErrors): void {
  validateLabelSelector(spec.podSelector, SPEC.child('podSelector'), errors);
  spec.ingress?.forEach((rule, i) => {
    const path = SPEC.child('ingress').index(i);
    rule.ports?.forEach((port, j) => validatePort(port, path.child('ports').index(j), errors));
    rule.from?.forEach((peer, j) => validatePeer(peer, path.child('from').index(j), errors));
  });
  spec.egress?.forEach((rule, i) => {
    const path = SPEC.child('egress').index(i);
    rule.ports?.forEach((port, j) => validatePort(port, path.child('ports').index(j), errors));
    rule.to?.forEach((peer, j) => validatePeer(peer, path.child('to').index(j), errors));
  });
  const types = spec.policyTypes ?? [];
  if (types.length > 2) errors.invalid(SPEC.child('policyTypes'), types, 'may not specify more than two policyTypes');
  else types.forEach((type, i) => {
    if (type !== 'Ingress' && type !== 'Egress') errors.notSupported(SPEC.child('policyTypes').index(i), type, ['Ingress', 'Egress']);
  });
}

/** Blocks of IPv6 that are not written in the canonical way. */
export function networkPolicyWarnings({ spec }: DeepReadonly<NetworkPolicy>): string[] {
  const warned = (peers: DeepReadonly<NetworkPolicyPeer[]> | undefined, path: FieldPath): string[] => (peers ?? []).flatMap(({ ipBlock }, i) => {
    if (!ipBlock) return [];
    const at = path.index(i).child('ipBlock');
    return [...spellingWarnings(ipBlock.cidr, at.child('cidr')), ...(ipBlock.except ?? []).flatMap((one, k) => spellingWarnings(one, at.child('except').index(k)))];
  });
  return [
    ...(spec.ingress ?? []).flatMap(({ from }, i) => warned(from, SPEC.child('ingress').index(i).child('from'))),
    ...(spec.egress ?? []).flatMap(({ to }, i) => warned(to, SPEC.child('egress').index(i).child('to'))),
  ];
}
