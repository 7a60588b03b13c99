import { at, type KubeJson, listAt, mapAt, numberAt, textAt } from '../kube-json.ts';
import type { Describer, DescribeScope } from './describer.ts';
import { headLines, metaLines, orNone, orUnset, pairsText, selectorText, labelLines, annotationLines, timeText } from './text.ts';

const texts = (value: unknown, ...path: string[]): string[] => listAt(value, ...path) as unknown as string[];

const SHOWN_ENDPOINTS = 3;

/** `10.0.0.1:80,10.0.0.2:80`, at most three and how many more; of a slice without ports the addresses alone. Source: kubectl pkg/describe, formatEndpointSlices. */
async function endpointsText(service: KubeJson, port: unknown, scope: DescribeScope): Promise<string> {
  const slices = await scope.list('endpointslices.discovery.k8s.io', service.metadata.namespace, { labelSelector: `kubernetes.io/service-name=${service.metadata.name ?? ''}` });
  const all: string[] = [];
  for (const slice of slices) {
    const ready = listAt(slice, 'endpoints').filter((one) => at(one, 'conditions', 'ready') !== false);
    const addresses = ready.map((one) => texts(one, 'addresses')[0] ?? '');
    const ports = listAt(slice, 'ports');
    if (ports.length === 0) all.push(...addresses);
    for (const one of ports.filter((candidate) => textAt(candidate, 'name') === textAt(port, 'name'))) {
      all.push(...addresses.map((address) => `${address.includes(':') ? `[${address}]` : address}:${numberAt(one, 'port')}`));
    }
  }
  return all.length > SHOWN_ENDPOINTS ? `${all.slice(0, SHOWN_ENDPOINTS).join(',')} + ${all.length - SHOWN_ENDPOINTS} more...` : slices.length === 0 ? '<none>' : all.join(',');
}

export const describeService: Describer = async (object, scope) => {
  const { spec, status } = object as { spec?: unknown; status?: unknown };
  const optional = (title: string, text: string): string[] => (text ? [`${title}:\t${text}`] : []);
  const ports = listAt(spec, 'ports');
  const portLines: string[] = [];
  for (const port of ports) {
    portLines.push(`Port:\t${textAt(port, 'name') || '<unset>'}\t${numberAt(port, 'port')}/${textAt(port, 'protocol')}`, `TargetPort:\t${textAt(port, 'targetPort')}/${textAt(port, 'protocol')}`);
    if (numberAt(port, 'nodePort') > 0) portLines.push(`NodePort:\t${textAt(port, 'name') || '<unset>'}\t${numberAt(port, 'nodePort')}/${textAt(port, 'protocol')}`);
    portLines.push(`Endpoints:\t${await endpointsText(object, port, scope)}`);
  }
  const ingress = listAt(status, 'loadBalancer', 'ingress').map((one) => (textAt(one, 'ip') ? `${textAt(one, 'ip')}${textAt(one, 'ipMode') ? ` (${textAt(one, 'ipMode')})` : ''}` : textAt(one, 'hostname'))).join(', ');
  return [
    ...headLines(object), ...metaLines(object), `Selector:\t${pairsText(mapAt(spec, 'selector'))}`, `Type:\t${textAt(spec, 'type')}`,
    ...optional('IP Family Policy', textAt(spec, 'ipFamilyPolicy')), ...(texts(spec, 'ipFamilies').length > 0 ? [`IP Families:\t${texts(spec, 'ipFamilies').join(',')}`] : ['IP Families:\t<none>']),
    `IP:\t${textAt(spec, 'clusterIP')}`, ...(texts(spec, 'clusterIPs').length > 0 ? [`IPs:\t${texts(spec, 'clusterIPs').join(',')}`] : ['IPs:\t<none>']),
    ...optional('External IPs', texts(spec, 'externalIPs').join(',')), ...optional('Desired LoadBalancer IP', textAt(spec, 'loadBalancerIP')), ...optional('External Name', textAt(spec, 'externalName')), ...optional('LoadBalancer Ingress', ingress),
    ...portLines, `Session Affinity:\t${textAt(spec, 'sessionAffinity')}`, ...optional('External Traffic Policy', textAt(spec, 'externalTrafficPolicy')), ...optional('Internal Traffic Policy', textAt(spec, 'internalTrafficPolicy')), ...optional('Traffic Distribution', textAt(spec, 'trafficDistribution')),
    ...(numberAt(spec, 'healthCheckNodePort') > 0 ? [`HealthCheck NodePort:\t${numberAt(spec, 'healthCheckNodePort')}`] : []), ...optional('LoadBalancer Source Ranges', texts(spec, 'loadBalancerSourceRanges').join(',')), ...(await scope.eventLines()),
  ];
};

export const describeEndpoints: Describer = async (object, scope) => [
  ...headLines(object), ...metaLines(object), 'Subsets:',
  ...listAt(object, 'subsets').flatMap((subset) => {
    const addresses = (field: string): string => orNone(listAt(subset, field).map((one) => textAt(one, 'ip')).join(','));
    const ports = listAt(subset, 'ports').map((port) => `    ${textAt(port, 'name') || '<unset>'}\t${numberAt(port, 'port')}\t${textAt(port, 'protocol')}`);
    return [`  Addresses:\t${addresses('addresses')}`, `  NotReadyAddresses:\t${addresses('notReadyAddresses')}`, ...(ports.length > 0 ? ['  Ports:', '    Name\tPort\tProtocol', '    ----\t----\t--------', ...ports] : []), ''];
  }),
  ...(await scope.eventLines()),
];

export const describeEndpointSlice: Describer = async (object, scope) => {
  const ports = listAt(object, 'ports');
  const endpoints = listAt(object, 'endpoints');
  return [
    ...headLines(object), ...metaLines(object), `AddressType:\t${textAt(object, 'addressType')}`,
    ...(ports.length === 0 ? ['Ports: <unset>'] : ['Ports:', '  Name\tPort\tProtocol', '  ----\t----\t--------', ...ports.map((port) => `  ${textAt(port, 'name') || '<unset>'}\t${orUnset(at(port, 'port'))}\t${textAt(port, 'protocol')}`)]),
    ...(endpoints.length === 0 ? ['Endpoints: <none>'] : ['Endpoints:', ...endpoints.flatMap((one) => {
      const ready = at(one, 'conditions', 'ready');
      const [hostname, node, zone, target] = [at(one, 'hostname'), at(one, 'nodeName'), at(one, 'zone'), at(one, 'targetRef')];
      return [
        `  - Addresses:\t${orNone(texts(one, 'addresses').join(', '))}`, '    Conditions:', `      Ready:\t${orUnset(ready)}`, `    Hostname:\t${orUnset(hostname)}`, ...(target === undefined ? [] : [`    TargetRef:\t${textAt(target, 'kind')}/${textAt(target, 'name')}`]),
        `    NodeName:\t${orUnset(node)}`, `    Zone:\t${orUnset(zone)}`,
      ];
    })]),
    ...(await scope.eventLines()),
  ];
};

/** Each once, in order. */
function addressesText(ingress: readonly object[]): string {
  const addresses = new Set(ingress.map((one) => textAt(one, 'ip') || textAt(one, 'hostname')));
  return [...addresses].filter((one) => one !== '').sort().join(',');
}

export const describeIngress: Describer = async (object, scope) => {
  const { spec, status } = object as { spec?: unknown; status?: unknown };
  const backend = async (one: unknown): Promise<string> => {
    const service = at(one, 'service');
    if (!service) return `APIGroup: ${textAt(one, 'resource', 'apiGroup') || '<none>'}, Kind: ${textAt(one, 'resource', 'kind')}, Name: ${textAt(one, 'resource', 'name')}`;
    const [name, port] = [textAt(service, 'name'), textAt(service, 'port', 'number') || textAt(service, 'port', 'name')];
    const found = (await scope.list('services', object.metadata.namespace, { fieldSelector: `metadata.name=${name}` }))[0];
    const servicePort = found && (listAt(found, 'spec', 'ports').find((candidate) => textAt(candidate, 'port') === port || textAt(candidate, 'name') === port) ?? {});
    return `${name}:${port} (${found ? await endpointsText(found, servicePort, scope) : `<error: services ${JSON.stringify(name)} not found>`})`;
  };
  const tls = listAt(spec, 'tls').map((one) => `  ${textAt(one, 'secretName') ? `${textAt(one, 'secretName')} terminates` : 'SNI routes'} ${texts(one, 'hosts').join(',')}`);
  const rules: string[] = [];
  for (const rule of listAt(spec, 'rules')) {
    if (at(rule, 'http') === undefined) continue;
    rules.push(`  ${textAt(rule, 'host') || '*'}\t`);
    for (const path of listAt(rule, 'http', 'paths')) rules.push(`    \t${textAt(path, 'path')} \t${await backend(at(path, 'backend'))}`);
  }
  const fallback = at(spec, 'defaultBackend');
  const className = at(spec, 'ingressClassName');
  return [
    ...headLines(object).slice(0, 1), ...labelLines('Labels', object.metadata.labels ?? {}), `Namespace:\t${object.metadata.namespace ?? ''}`, `Address:\t${addressesText(listAt(status, 'loadBalancer', 'ingress'))}`,
    `Ingress Class:\t${typeof className === 'string' ? className : '<none>'}`, `Default backend:\t${fallback ? await backend(fallback) : '<default>'}`, ...(tls.length > 0 ? ['TLS:', ...tls] : []),
    'Rules:', '  Host\tPath\tBackends', '  ----\t----\t--------', ...(rules.length > 0 ? rules : [`  *\t* \t${fallback ? await backend(fallback) : '<default>'}`]), ...annotationLines('Annotations', object.metadata.annotations ?? {}), ...(await scope.eventLines()),
  ];
};

export const describeNetworkPolicy: Describer = (object) => {
  const spec = object['spec'];
  const types = texts(spec, 'policyTypes');
  return [
    ...headLines(object), `Created on:\t${(object.metadata.creationTimestamp ?? '').replace('T', ' ').replace('Z', ' +0000 UTC')}`, ...metaLines(object), 'Spec:',
    `  PodSelector:     ${selectorText(at(spec, 'podSelector')) === '<none>' ? '<none> (Allowing the specific traffic to all pods in this namespace)' : selectorText(at(spec, 'podSelector'))}`,
    ...(types.includes('Ingress') ? ['  Allowing ingress traffic:', ...policyRules(listAt(spec, 'ingress'), 'from', 'From')] : ['  Not affecting ingress traffic']),
    ...(types.includes('Egress') ? ['  Allowing egress traffic:', ...policyRules(listAt(spec, 'egress'), 'to', 'To')] : ['  Not affecting egress traffic']),
    `  Policy Types: ${types.join(', ')}`,
  ];
};

/** Source: kubectl pkg/describe, printNetworkPolicySpecIngressFrom and its twin. */
function policyRules(rules: readonly object[], field: 'from' | 'to', title: string): string[] {
  const pad = '    ';
  if (rules.length === 0) return [`${pad}<none> (Selected pods are isolated for ${field === 'from' ? 'ingress' : 'egress'} connectivity)`];
  return rules.flatMap((rule, index) => {
    const ports = listAt(rule, 'ports').map((port) => {
      const [first, last, protocol] = [textAt(port, 'port') || '<nil>', textAt(port, 'endPort'), textAt(port, 'protocol') || 'TCP'];
      return last ? `${pad}To Port Range: ${first}-${last}/${protocol}` : `${pad}To Port: ${first}/${protocol}`;
    });
    const peers = listAt(rule, field).flatMap((peer) => {
      const block = at(peer, 'ipBlock');
      if (block) return [`${pad}${title}:`, `${pad}  IPBlock:`, `${pad}    CIDR: ${textAt(block, 'cidr')}`, `${pad}    Except: ${texts(block, 'except').join(', ')}`];
      const selectors = [['NamespaceSelector', at(peer, 'namespaceSelector')], ['PodSelector', at(peer, 'podSelector')]] as const;
      return [`${pad}${title}:`, ...selectors.filter(([, one]) => one !== undefined).map(([name, one]) => `${pad}  ${name}: ${selectorText(one)}`)];
    });
    return [
      ...(ports.length > 0 ? ports : [`${pad}To Port: <any> (traffic allowed to all ports)`]), ...(peers.length > 0 ? peers : [`${pad}${title}: <any> (traffic not restricted by ${field === 'from' ? 'source' : 'destination'})`]),
      ...(index < rules.length - 1 ? [`${pad}----------`] : []),
    ];
  });
}

export const describeServiceCIDR: Describer = async (object, scope) => {
  const conditions = listAt(object, 'status', 'conditions');
  return [
    `Name:\t${object.metadata.name}`, ...metaLines(object), `CIDRs:\t${texts(object, 'spec', 'cidrs').join(', ')}`,
    ...(conditions.length === 0 ? [] : ['Status:', 'Conditions:', '  Type\tStatus\tLastTransitionTime\tReason\tMessage', '  ----\t------\t------------------\t------\t-------', ...conditions.map((one) => `  ${textAt(one, 'type')}\t${textAt(one, 'status')}\t${timeText(textAt(one, 'lastTransitionTime'))}\t${textAt(one, 'reason')}\t${textAt(one, 'message')}`)]),
    ...(await scope.eventLines()),
  ];
};

export const describeIPAddress: Describer = async (object, scope) => {
  const parent = at(object, 'spec', 'parentRef');
  return [`Name:\t${object.metadata.name}`, ...metaLines(object), 'Parent Reference:', `  Group:\t${textAt(parent, 'group')}`, `  Resource:\t${textAt(parent, 'resource')}`, `  Namespace:\t${textAt(parent, 'namespace')}`, `  Name:\t${textAt(parent, 'name')}`, ...(await scope.eventLines())];
};
