/** Source: kubernetes pkg/apis/core/validation, ValidateService. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName, validateLabels } from '../../apimachinery/validation/labels.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { isValidCidr, isValidIP, spellingWarnings } from '../../apimachinery/validation/ip.ts';
import { isValidPort } from '../../apimachinery/validation/numbers.ts';
import { IMMUTABLE } from '../../apimachinery/validation/immutable.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { Service, ServicePort, ServiceSpec } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import { validateNonSpecialIp } from './endpoints-validation.ts';
import { validatePort } from './pod-spec/probes.ts';
import { isReachableFromOutside } from './service-defaults.ts';
import { isHeadless, validateClusterIps, validateClusterIpUpdate } from './service-ips.ts';
import { needsHealthCheckPort } from './service-strategy.ts';

type Spec = DeepReadonly<ServiceSpec>;

const SPEC = FieldPath.of('spec');
const ANNOTATIONS = FieldPath.of('metadata.annotations');
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const MAX_AFFINITY_SECONDS = 86_400;
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const affinities: ReadonlySet<string> = new Set(['ClientIP', 'None']);
const policies: ReadonlySet<string> = new Set(['Cluster', 'Local']);
const protocols: ReadonlySet<string> = new Set(['SCTP', 'TCP', 'UDP']);
const types: ReadonlySet<string> = new Set(['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']);
const BALANCER_TEXT = "may only be used when `type` is 'LoadBalancer'";

export function validateService(service: DeepReadonly<Service>, errors: FieldErrors): void {
  const { spec, metadata } = service;
  const { [TOPOLOGY_MODE]: mode, [TOPOLOGY_HINTS]: hints } = metadata.annotations ?? {};
  if (mode !== undefined && hints !== undefined && mode !== hints) {
    errors.invalid(ANNOTATIONS.key(TOPOLOGY_MODE), mode, `must match annotations[${TOPOLOGY_HINTS}] when both are specified`);
  }
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') errors.required(SPEC.child('ports'));
  validateByType(spec, errors);
  validatePorts(ports, errors);
  validateLabels(spec.selector, SPEC.child('selector'), errors);
  validateAffinity(spec, errors);
  validateClusterIps(spec, errors);
  spec.externalIPs?.forEach((ip, i) => {
    const at = SPEC.child('externalIPs').index(i);
    const texts = isValidIP(ip);
    addInvalid(errors, at, ip, texts);
    if (texts.length === 0) validateNonSpecialIp(ip, at, errors);
  });
  if (!spec.type) errors.required(SPEC.child('type'));
  else if (!types.has(spec.type)) errors.notSupported(SPEC.child('type'), spec.type, types);
  validateNodePorts(spec, errors);
  validateBalancer(service, errors);
  validateTraffic(spec, errors);
}

function validateByType(spec: Spec, errors: FieldErrors): void {
  const headless = (): void => {
    if (isHeadless(spec)) errors.invalid(SPEC.child('clusterIPs').index(0), spec.clusterIPs?.[0], `may not be set to 'None' for ${spec.type} services`);
  };
  switch (spec.type) {
    case 'LoadBalancer':
    case 'NodePort': return headless();
    case 'ExternalName': return validateExternalName(spec, errors);
    default:
  }
}

function validateExternalName(spec: Spec, errors: FieldErrors): void {
  const text = 'may not be set for ExternalName services';
  for (const name of ['clusterIPs', 'ipFamilies'] as const) if ((spec[name] ?? []).length > 0) errors.forbidden(SPEC.child(name), text);
  if (spec.ipFamilyPolicy !== undefined) errors.forbidden(SPEC.child('ipFamilyPolicy'), text);
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') errors.required(SPEC.child('externalName'));
  else addInvalid(errors, SPEC.child('externalName'), name, isDns1123Subdomain(name));
}

function validatePorts(ports: DeepReadonly<ServicePort[]>, errors: FieldErrors): void {
  const names = new Set<string>();
  ports.forEach((one, i) => {
    const { name, port, protocol, targetPort, appProtocol } = one;
    const at = SPEC.child('ports').index(i);
    if (name) {
      addInvalid(errors, at.child('name'), name, isDns1123Label(name));
      if (names.has(name)) errors.duplicate(at.child('name'), name);
      names.add(name);
    } else if (ports.length > 1) errors.required(at.child('name'));
    addInvalid(errors, at.child('port'), port, isValidPort(port));
    if (!protocol) errors.required(at.child('protocol'));
    else if (!protocols.has(protocol)) errors.notSupported(at.child('protocol'), protocol, protocols);
    validatePort(targetPort ?? 0, at.child('targetPort'), errors);
    if (appProtocol !== undefined) addInvalid(errors, at.child('appProtocol'), appProtocol, isQualifiedName(appProtocol));
  });
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig: config }: Spec, errors: FieldErrors): void {
  if (!sessionAffinity) errors.required(SPEC.child('sessionAffinity'));
  else if (!affinities.has(sessionAffinity)) errors.notSupported(SPEC.child('sessionAffinity'), sessionAffinity, affinities);
  const path = SPEC.child('sessionAffinityConfig');
  if (sessionAffinity === 'None' && config) errors.forbidden(path, 'must not be set when session affinity is None');
  if (sessionAffinity !== 'ClientIP') return;
  const seconds = config?.clientIP?.timeoutSeconds;
  const text = 'when session affinity type is ClientIP';
  if (!config?.clientIP) errors.required(config ? path.child('clientIP') : path, text);
  else if (seconds === undefined) errors.required(path.child('clientIP', 'timeoutSeconds'), text);
  else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS) {
    errors.invalid(path.child('clientIP', 'timeoutSeconds'), seconds, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`);
  }
}

function validateNodePorts({ type, ports }: Spec, errors: FieldErrors): void {
  const nodePorts = new Set<string>();
  const pairs = new Set<string>();
  if (type === 'ClusterIP') {
    ports?.forEach(({ nodePort }, i) => {
      if (nodePort) errors.forbidden(SPEC.child('ports').index(i).child('nodePort'), "may not be used when `type` is 'ClusterIP'");
    });
  }
  ports?.forEach(({ nodePort, protocol }, i) => {
    const at = SPEC.child('ports').index(i).child('nodePort');
    if (!nodePort) return;
    if (nodePorts.has(`${protocol}/${nodePort}`)) errors.duplicate(at, nodePort);
    nodePorts.add(`${protocol}/${nodePort}`);
  });
  ports?.forEach(({ port, protocol }, i) => {
    const key = `${protocol}/${port}`;
    if (pairs.has(key)) errors.duplicate(SPEC.child('ports').index(i), goForm('core.v1.ServicePort', { protocol, port, targetPort: 0 }));
    pairs.add(key);
  });
}

function validateBalancer(service: DeepReadonly<Service>, errors: FieldErrors): void {
  const { spec } = service;
  const isBalancer = spec.type === 'LoadBalancer';
  validateSourceRanges(service, isBalancer, errors);
  const { allocateLoadBalancerNodePorts: allocates, loadBalancerClass } = spec;
  if (allocates !== undefined && !isBalancer) errors.forbidden(SPEC.child('allocateLoadBalancerNodePorts'), BALANCER_TEXT);
  if (allocates === undefined && isBalancer) errors.required(FieldPath.of('allocateLoadBalancerNodePorts'));
  if (loadBalancerClass === undefined) return;
  if (isBalancer) addInvalid(errors, SPEC.child('loadBalancerClass'), loadBalancerClass, isQualifiedName(loadBalancerClass));
  else errors.forbidden(SPEC.child('loadBalancerClass'), BALANCER_TEXT);
}

/** Ranges stand in a field, or in the annotation that was there before it; they may be padded with spaces. */
function validateSourceRanges({ metadata, spec }: DeepReadonly<Service>, isBalancer: boolean, errors: FieldErrors): void {
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const path = ranges.length > 0 ? SPEC.child('LoadBalancerSourceRanges') : ANNOTATIONS.key(SOURCE_RANGES);
  if (ranges.length === 0 && annotation === undefined) return;
  if (!isBalancer) errors.forbidden(path, BALANCER_TEXT);
  ranges.forEach((range, i) => {
    addInvalid(errors, path.index(i), range.trim(), isValidCidr(range.trim()));
  });
  if (ranges.length > 0 || !annotation?.trim()) return;
  for (const range of annotation.split(',')) addInvalid(errors, path, range.trim(), isValidCidr(range.trim()));
}

function validateTraffic(spec: Spec, errors: FieldErrors): void {
  const { type, externalTrafficPolicy: external, internalTrafficPolicy: internal, healthCheckNodePort, trafficDistribution } = spec;
  const path = SPEC.child('externalTrafficPolicy');
  if (!isReachableFromOutside(spec)) {
    if (external) errors.invalid(path, external, 'may only be set for externally-accessible services');
  } else if (!external) errors.required(path);
  else if (!policies.has(external)) errors.notSupported(path, external, policies);
  if (healthCheckNodePort) {
    const at = SPEC.child('healthCheckNodePort');
    if (type === 'LoadBalancer' && external === 'Local') addInvalid(errors, at, healthCheckNodePort, isValidPort(healthCheckNodePort));
    else errors.invalid(at, healthCheckNodePort, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
  }
  if (internal === undefined) {
    if (types.has(type ?? '') && type !== 'ExternalName') errors.required(SPEC.child('internalTrafficPolicy'));
  } else if (!policies.has(internal)) errors.notSupported(SPEC.child('internalTrafficPolicy'), internal, policies);
  if (trafficDistribution !== undefined && !DISTRIBUTIONS.includes(trafficDistribution)) {
    errors.notSupported(SPEC.child('trafficDistribution'), trafficDistribution, DISTRIBUTIONS);
  }
}

/** What may not change, then what is wrong whatever was there before. Source: ValidateServiceUpdate. */
export function validateServiceUpdate(service: DeepReadonly<Service>, old: DeepReadonly<Service>, errors: FieldErrors): void {
  validateClusterIpUpdate(service, old, errors);
  const checksHealth = needsHealthCheckPort(old.spec) && needsHealthCheckPort(service.spec);
  if (checksHealth && (service.spec.healthCheckNodePort ?? 0) !== (old.spec.healthCheckNodePort ?? 0)) errors.forbidden(SPEC.child('healthCheckNodePort'), IMMUTABLE);
  validateService(service, errors);
}

export function validateServiceStatus({ spec, status }: DeepReadonly<Service>, _old: DeepReadonly<Service>, errors: FieldErrors): void {
  const ingress = status.loadBalancer.ingress ?? [];
  const path = FieldPath.of('status.loadBalancer.ingress');
  if (ingress.length > 0 && spec.type !== 'LoadBalancer') return errors.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'");
  ingress.forEach(({ ip, ipMode, hostname }, i) => {
    const at = path.index(i);
    if (ip) addInvalid(errors, at.child('ip'), ip, isValidIP(ip));
    if (ip) errors.warnings.push(...spellingWarnings(ip, at));
    if (ip && ipMode === undefined) errors.required(at.child('ipMode'), 'must be specified when `ip` is set');
    if (!ip && ipMode !== undefined) errors.forbidden(at.child('ipMode'), 'may not be specified when `ip` is not set');
    else if (ipMode !== undefined && ipMode !== 'VIP' && ipMode !== 'Proxy') errors.notSupported(at.child('ipMode'), ipMode, new Set(['VIP', 'Proxy']));
    if (!hostname) return;
    addInvalid(errors, at.child('hostname'), hostname, isDns1123Subdomain(hostname));
    if (isValidIP(hostname).length === 0) errors.invalid(at.child('hostname'), hostname, 'must be a DNS name, not an IP address');
  });
}
