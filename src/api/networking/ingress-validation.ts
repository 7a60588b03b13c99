import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { lenientIP, validateIP } from '../../apimachinery/validation/ip.ts';
import { isDns1123Label, isDns1123Subdomain, isWildcardDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { isValidPort, isValidPortName } from '../../apimachinery/validation/numbers.ts';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule, IngressServiceBackend, IngressTLS } from '../generated/networking-v1.ts';
import { addInvalid, validateRequiredSegment } from '../path-segment.ts';

const SPEC = FieldPath.of('spec');
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const PATH_TYPES = new Set(['Exact', 'ImplementationSpecific', 'Prefix']);
const FORBIDDEN_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const FORBIDDEN_ENDS = ['/..', '/.'];

function hostMessages(host: string): string[] {
  return host.includes('*') ? isWildcardDns1123Subdomain(host) : isDns1123Subdomain(host);
}

function validateService({ name, port }: DeepReadonly<IngressServiceBackend>, path: FieldPath, errors: FieldErrors): void {
  const servicePath = path.child('service');
  if (name === '') errors.required(servicePath.child('name'));
  else addInvalid(isDns1123Label(name), name, servicePath.child('name'), errors);
  const portName = port.name ?? '';
  const portNumber = port.number ?? 0;
  if (portName !== '' && portNumber !== 0) errors.invalid(path, '', 'cannot set both port name & port number');
  else if (portName !== '') addInvalid(isValidPortName(portName), portName, servicePath.child('port', 'name'), errors);
  else if (portNumber !== 0) addInvalid(isValidPort(portNumber), portNumber, servicePath.child('port', 'number'), errors);
  else errors.required(path, 'port name or number is required');
}

function validateBackend({ service, resource }: DeepReadonly<IngressBackend>, path: FieldPath, errors: FieldErrors): void {
  if (service && resource) errors.invalid(path, '', 'cannot set both resource and service backends');
  else if (resource) {
    const resourcePath = path.child('resource');
    const group = (resource.apiGroup as string | null | undefined) ?? undefined;
    if (group !== undefined) addInvalid(isDns1123Subdomain(group), group, resourcePath.child('apiGroup'), errors);
    validateRequiredSegment(resource.kind, resourcePath.child('kind'), errors, 'kind is required');
    validateRequiredSegment(resource.name, resourcePath.child('name'), errors, 'name is required');
  } else if (service) validateService(service, path, errors);
  else errors.invalid(path, '', 'resource or service backend is required');
}

function validatePath({ path = '', pathType, backend }: DeepReadonly<HTTPIngressPath>, at: FieldPath, errors: FieldErrors): void {
  const pathAt = at.child('path');
  if (((pathType as string | null | undefined) ?? undefined) === undefined) {
    errors.required(at.child('pathType'), 'pathType must be specified');
    return;
  }
  if (!PATH_TYPES.has(pathType)) errors.notSupported(at.child('pathType'), pathType, PATH_TYPES);
  else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) errors.invalid(pathAt, path, 'must be an absolute path');
  } else {
    if (!path.startsWith('/')) errors.invalid(pathAt, path, 'must be an absolute path');
    for (const sequence of FORBIDDEN_SEQUENCES) if (path.includes(sequence)) errors.invalid(pathAt, path, `must not contain '${sequence}'`);
    for (const end of FORBIDDEN_ENDS) if (path.endsWith(end)) errors.invalid(pathAt, path, `cannot end with '${end}'`);
  }
  validateBackend(backend, at.child('backend'), errors);
}

function validateRule({ host, http }: DeepReadonly<IngressRule>, path: FieldPath, errors: FieldErrors): void {
  if (host) {
    if (lenientIP(host) !== undefined) errors.invalid(path.child('host'), host, 'must be a DNS name, not an IP address');
    addInvalid(hostMessages(host), host, path.child('host'), errors);
  }
  if (!http) return;
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.required(path.child('http', 'paths'));
  paths.forEach((one, i) => validatePath(one, path.child('http', 'paths').index(i), errors));
}

function validateTls({ hosts, secretName }: DeepReadonly<IngressTLS>, path: FieldPath, errors: FieldErrors): void {
  hosts?.forEach((host, i) => addInvalid(hostMessages(host), host, path.child('hosts').index(i), errors));
  if (secretName) addInvalid(isDns1123Subdomain(secretName), secretName, path.child('secretName'), errors);
}

/** Source: pkg/apis/networking/validation, ValidateIngressSpec. */
export function validateIngress({ spec }: DeepReadonly<Ingress>, errors: FieldErrors): void {
  const rules = spec.rules ?? [];
  if (rules.length === 0 && !spec.defaultBackend) errors.invalid(SPEC, spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified');
  if (spec.defaultBackend) validateBackend(spec.defaultBackend, SPEC.child('defaultBackend'), errors);
  rules.forEach((rule, i) => validateRule(rule, SPEC.child('rules').index(i), errors));
  spec.tls?.forEach((tls, i) => validateTls(tls, SPEC.child('tls').index(i), errors));
  if (spec.ingressClassName !== undefined) addInvalid(isDns1123Subdomain(spec.ingressClassName), spec.ingressClassName, SPEC.child('ingressClassName'), errors);
}

export function validateNewIngress({ metadata, spec }: DeepReadonly<Ingress>, errors: FieldErrors): void {
  const named = metadata.annotations?.[CLASS_ANNOTATION];
  if (named !== undefined && spec.ingressClassName !== undefined && named !== spec.ingressClassName) {
    errors.invalid(FieldPath.of('annotations').child(CLASS_ANNOTATION), named, 'must match `ingressClassName` when both are specified');
  }
}

export function ingressWarnings({ metadata }: DeepReadonly<Ingress>, old: DeepReadonly<Ingress> | undefined): string[] {
  const isNew = old?.metadata.annotations?.[CLASS_ANNOTATION] === undefined && metadata.annotations?.[CLASS_ANNOTATION] !== undefined;
  return isNew ? [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`] : [];
}

export function validateIngressStatus({ status }: DeepReadonly<Ingress>, _old: DeepReadonly<Ingress>, errors: FieldErrors): void {
  const path = FieldPath.of('status').child('loadBalancer', 'ingress');
  status.loadBalancer.ingress?.forEach(({ ip, hostname }, i) => {
    if (ip) validateIP(ip, path.index(i).child('ip'), errors);
    if (!hostname) return;
    addInvalid(isDns1123Subdomain(hostname), hostname, path.index(i).child('hostname'), errors);
    if (lenientIP(hostname) !== undefined) errors.invalid(path.index(i).child('hostname'), hostname, 'must be a DNS name, not an IP address');
  });
}
