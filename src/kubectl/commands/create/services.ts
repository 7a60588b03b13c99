import { isValidPortName } from '../../../apimachinery/validation/numbers.ts';
import { isDns1123Subdomain } from '../../../apimachinery/validation/names.ts';
import type { Command, CommandContext } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import type { KubeJson } from '../../kube-json.ts';
import { generator } from './generator.ts';

const TCP = flag.list('Port pairs can be specified as \'<port>:<targetPort>\'.');

const MAX_PORT = 65_535;

/** In the words of Go's parser, which kubectl repeats. */
function checkPort(text: string): void {
  if (!/^\d+$/.test(text)) throw new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (Number(text) > MAX_PORT) throw new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`);
}

function portsOf(context: CommandContext): object[] {
  const nodePort = context.flags.knows('node-port') ? context.flags.int('node-port') : 0;
  return context.flags.list('tcp').map((text) => {
    const [port = '', target = port] = text.split(':');
    checkPort(port);
    if (text.includes(':') && /^\d+$/.test(target) && !(Number(target) >= 1 && Number(target) <= MAX_PORT)) throw new CommandError(`must be between 1 and ${MAX_PORT}, inclusive`);
    const complaint = text.includes(':') && !/^\d+$/.test(target) ? isValidPortName(target) : [];
    if (complaint.length > 0) throw new CommandError(complaint.join(','));
    return { name: target === port ? port : `${port}-${target}`, port: Number(port), protocol: 'TCP', targetPort: /^\d+$/.test(target) ? Number(target) : target, ...(nodePort > 0 && { nodePort }) };
  });
}

function serviceOf(name: string, type: string, spec: Record<string, unknown>): KubeJson {
  const labels = { app: name };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, labels }, spec: { ...spec, selector: labels, type }, status: { loadBalancer: {} } };
}

export const service: Command = {
  name: 'service', aliases: ['svc'], usage: '(clusterip | externalname | loadbalancer | nodeport)', summary: 'Create a service using a specified subcommand', flags: {},
  subcommands: [
    generator({
      name: 'clusterip', failure: 'failed to create ClusterIP service: ', usage: 'NAME [--tcp=<port>:<targetPort>]', summary: 'Create a ClusterIP service', flags: { tcp: TCP, clusterip: flag.string("Assign your own ClusterIP or set to 'None' for a 'headless' service.") },
      make: (context, name) => {
        const clusterIP = context.flags.string('clusterip');
        if (context.flags.list('tcp').length === 0 && clusterIP !== 'None') throw new CommandError('at least one tcp port specifier must be provided');
        return serviceOf(name, 'ClusterIP', { ...(context.flags.list('tcp').length > 0 && { ports: portsOf(context) }), ...(clusterIP && { clusterIP }) });
      },
    }),
    generator({
      name: 'nodeport', failure: 'failed to create NodePort service: ', usage: 'NAME [--tcp=port:targetPort]', summary: 'Create a NodePort service', flags: { tcp: TCP, 'node-port': flag.int('Port used to expose the service on each node in a cluster.') },
      make: (context, name) => {
        if (context.flags.list('tcp').length === 0) throw new CommandError('at least one tcp port specifier must be provided');
        return serviceOf(name, 'NodePort', { ports: portsOf(context) });
      },
    }),
    generator({
      name: 'loadbalancer', failure: 'failed to create LoadBalancer service: ', usage: 'NAME [--tcp=port:targetPort]', summary: 'Create a LoadBalancer service', flags: { tcp: TCP },
      make: (context, name) => {
        if (context.flags.list('tcp').length === 0) throw new CommandError('at least one tcp port specifier must be provided');
        return serviceOf(name, 'LoadBalancer', { ports: portsOf(context) });
      },
    }),
    generator({
      name: 'externalname', required: ['external-name'], failure: 'failed to create ExternalName service: ', usage: 'NAME --external-name external.name', summary: 'Create an ExternalName service', flags: { tcp: TCP, 'external-name': flag.string('External name of service') },
      make: (context, name) => {
        const externalName = context.flags.string('external-name');
        if (isDns1123Subdomain(externalName).length > 0) throw new CommandError(`invalid service external name ${externalName}`);
        return serviceOf(name, 'ExternalName', { externalName, ...(context.flags.list('tcp').length > 0 && { ports: portsOf(context) }) });
      },
    }),
  ],
};

export const ingress: Command = generator({
  name: 'ingress', failure: 'failed to create ingress: ', aliases: ['ing'], usage: 'NAME --rule=host/path=service:port[,tls[=secret]]', summary: 'Create an ingress with the specified name',
  flags: {
    rule: flag.list('Rule in format host/path=service:port[,tls=secretname].', { isWhole: true }), class: flag.string('Ingress Class to be used'),
    'default-backend': flag.string('Default service for backend, in format of svcname:port'), annotation: flag.list('Annotation to insert in the ingress object, in the format annotation=value', { isWhole: true }),
  },
  make: (context, name) => {
    const { flags } = context;
    const rules = new Map<string, object[]>();
    const tls = new Map<string, string[]>();
    for (const rule of flags.list('rule')) {
      const match = /^([\w*\-.]*)(\/[^=]*)=([\w-]+):([\w-]+)(?:,tls(?:=([\w-]+))?)?/.exec(rule);
      if (!match) throw new CommandError(`rule ${rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
      const [whole, host = '', path = '', svc = '', port = '', secretName = ''] = match;
      const isPrefix = path.endsWith('*');
      rules.set(host, [...(rules.get(host) ?? []), { path: isPrefix ? path.slice(0, -1) : path, pathType: isPrefix ? 'Prefix' : 'Exact', backend: backendOf(svc, port) }]);
      if (/,tls/.test(whole)) tls.set(secretName, [...(tls.get(secretName) ?? []), ...(host ? [host] : [])]);
    }
    if (flags.string('default-backend') !== '' && flags.string('default-backend').split(':').length !== 2) throw new CommandError('default-backend should be in format servicename:serviceport');
    const [defaultService = '', defaultPort = ''] = flags.string('default-backend').split(':');
    if (rules.size === 0 && !defaultService) throw new CommandError('not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)');
    const annotations = Object.fromEntries(flags.list('annotation').map((text) => {
      const equals = text.indexOf('=');
      if (equals < 0) throw new CommandError(`annotation ${text} is invalid and should be in format key=[value]`);
      return [text.slice(0, equals), text.slice(equals + 1)];
    }));
    return {
      apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name, ...(Object.keys(annotations).length > 0 && { annotations }) },
      spec: {
        ...(flags.string('class') && { ingressClassName: flags.string('class') }), ...(defaultService && { defaultBackend: backendOf(defaultService, defaultPort) }),
        ...(rules.size > 0 && { rules: [...rules].map(([host, paths]) => ({ ...(host && { host }), http: { paths } })) }),
        ...(tls.size > 0 && { tls: [...tls].map(([secretName, hosts]) => ({ ...(hosts.length > 0 && { hosts }), ...(secretName && { secretName }) })) }),
      },
      status: { loadBalancer: {} },
    };
  },
});

const backendOf = (name: string, port: string): object => ({ service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } });
