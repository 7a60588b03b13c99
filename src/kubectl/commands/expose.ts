import { DRY_RUN_FLAG, FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext, fieldManagerFlag } from '../command.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { at, type KubeJson, listAt, mapAt, numberAt, textAt } from '../kube-json.ts';
import { OVERRIDE_FLAGS, withOverrides } from '../overrides.ts';
import { checkOutput } from '../printers/object-printer.ts';
import { withLastApplied } from '../last-applied.ts';
import type { JsonObject } from '../../apimachinery/patch/json.ts';
import { qualifiedName } from '../resources/rest-mapper.ts';
import { type Info, visitObjects } from '../resources/select.ts';
import { createMade } from './create/generator.ts';

const EXPOSABLE = ['ReplicationController', 'Service', 'Pod', 'ReplicaSet', 'Deployment'];

export const expose: Command = {
  name: 'expose',
  usage: '(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  summary: 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...DRY_RUN_FLAG, ...fieldManagerFlag('kubectl-expose'),
    selector: flag.string('A label selector to use for this service. Only equality-based selector requirements are supported.'),
    protocol: flag.string('The network protocol for the service to be created.'),
    port: flag.string('The port that the service should serve on.'),
    type: flag.string('Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName.'),
    'load-balancer-ip': flag.string('IP to assign to the LoadBalancer.'),
    labels: flag.string('Labels to apply to the service created by this call.', { short: SELECTOR_FLAG['selector']?.short ?? 'l' }),
    'target-port': flag.string('Name or number for the port on the container that the service should direct traffic to.'),
    'external-ip': flag.string('Additional external IP address (not managed by Kubernetes) to accept for the service.'),
    name: flag.string('The name for the newly created object.'),
    'session-affinity': flag.string("If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'"),
    'cluster-ip': flag.string("ClusterIP to be assigned to the service. Set to 'None' to create a headless service."),
    ...OVERRIDE_FLAGS,
    'save-config': flag.bool('If true, the configuration of current object will be saved in its annotation.'),
  },
  run: async (context) => {
    checkOutput(context);
    const count = await visitObjects(context, async (info) => {
      const made = withOverrides(context.flags, serviceFor(context, info));
      await createMade(context, context.flags.bool('save-config') ? withLastApplied(made) : made, 'exposed');
    }, context.args, { ignoresSelectors: true });
    if (count === 0) throw new CommandError('no objects passed to expose');
  },
};

/** Source: kubectl pkg/cmd/expose: what the new service takes from the exposed object. */
function serviceFor({ flags }: CommandContext, { object, resource, name }: Info): KubeJson {
  if (!EXPOSABLE.includes(object.kind ?? '')) throw new CommandError(`cannot expose a ${object.kind === undefined ? qualifiedName(resource) : `${resource.kind}.${resource.group}`.replace(/\.$/, '')}`);
  const selector = flags.string('selector') ? pairs(flags.string('selector')) : selectorOf(object);
  const protocols = protocolsOf(object);
  const given = flags.string('port') ? flags.string('port').split(',') : portsOf(object);
  if (given.length === 0) throw new CommandError("couldn't find port via --port flag or introspection");
  const target = flags.string('target-port');
  const ports = given.map((text, index): JsonObject => {
    const port = Number(text.trim());
    if (!/^\d+$/.test(text.trim())) throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(text.trim())}: invalid syntax`);
    const protocol = flags.string('protocol') || protocols.get(port) || 'TCP';
    return { ...(given.length > 1 && { name: `port-${index + 1}` }), port, protocol, targetPort: target === '' ? port : intOrText(target) };
  });
  const labels = flags.string('labels') ? pairs(flags.string('labels')) : (object.metadata.labels ?? {});
  const [externalIP, loadBalancerIP, affinity, clusterIP, type] = [flags.string('external-ip'), flags.string('load-balancer-ip'), flags.string('session-affinity'), flags.string('cluster-ip'), flags.string('type')];
  if (affinity && !['None', 'ClientIP'].includes(affinity)) throw new CommandError(`unknown session affinity: ${affinity}`);
  return {
    apiVersion: 'v1', kind: 'Service', metadata: { name: flags.string('name') || name.slice(0, 63), ...(Object.keys(labels).length > 0 && { labels }) },
    spec: {
      ...(clusterIP && { clusterIP }), ...(externalIP && { externalIPs: [externalIP] }), ...(type === 'LoadBalancer' && loadBalancerIP && { loadBalancerIP }), ports, selector,
      ...(affinity && { sessionAffinity: affinity }), ...(type && { type }),
    },
    status: { loadBalancer: {} },
  };
}

function selectorOf(object: KubeJson): Record<string, string> {
  switch (object.kind) {
    case 'Pod': {
      const labels = object.metadata.labels ?? {};
      if (Object.keys(labels).length === 0) throw new CommandError(`couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed`);
      return labels;
    }
    case 'Service': case 'ReplicationController': {
      const selector = mapAt(object, 'spec', 'selector');
      if (Object.keys(selector).length === 0) throw new CommandError("couldn't retrieve selectors via --selector flag or introspection: the service has no pod selector set");
      return selector;
    }
    default: {
      const labels = mapAt(object, 'spec', 'selector', 'matchLabels');
      if (Object.keys(labels).length === 0) throw new CommandError(`couldn't retrieve selectors via --selector flag or introspection: invalid ${(object.kind ?? '').toLowerCase()}: no selectors, therefore cannot be exposed`);
      const expressions = listAt(object, 'spec', 'selector', 'matchExpressions').map((one) => `{Key:${textAt(one, 'key')} Operator:${textAt(one, 'operator')} Values:[${(listAt(one, 'values') as unknown as string[]).join(' ')}]}`);
      if (expressions.length > 0) throw new CommandError(`couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - "[${expressions.join(' ')}]" to map-based selector format`);
      return labels;
    }
  }
}

function declaredPorts(object: KubeJson): { port: number; protocol: string }[] {
  if (object.kind === 'Service') return listAt(object, 'spec', 'ports').map((one) => ({ port: numberAt(one, 'port'), protocol: textAt(one, 'protocol') || 'TCP' }));
  const spec = object.kind === 'Pod' ? object['spec'] : at(object, 'spec', 'template', 'spec');
  return listAt(spec, 'containers').flatMap((container) => listAt(container, 'ports').map((one) => ({ port: numberAt(one, 'containerPort'), protocol: textAt(one, 'protocol') || 'TCP' })));
}

const portsOf = (object: KubeJson): string[] => declaredPorts(object).map(({ port }) => String(port));
const protocolsOf = (object: KubeJson): Map<number, string> => new Map(declaredPorts(object).map(({ port, protocol }) => [port, protocol]));
const intOrText = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text);

function pairs(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((pair) => {
    const [key = '', value, more] = pair.split('=');
    if (value === undefined || more !== undefined) throw new CommandError(`unexpected label spec: ${pair}`);
    return [key, value];
  }));
}
