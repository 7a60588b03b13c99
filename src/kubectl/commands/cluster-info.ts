import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { StatusError } from '../../apimachinery/status.ts';
import { PRINT_FLAGS, type Command, type CommandContext } from '../command.ts';
import { flag } from '../flags.ts';
import { listAt, numberAt, textAt, type KubeJson } from '../kube-json.ts';
import { objectPrinter } from '../printers/object-printer.ts';

const RESOURCES = ['events', 'replicationcontrollers', 'services', 'daemonsets.apps', 'deployments.apps', 'replicasets.apps', 'pods'] as const;

export const clusterInfo: Command = {
  name: 'cluster-info', aliases: ['clusterinfo'], usage: '[flags]', summary: 'Display cluster information', flags: {},
  subcommands: [{
    name: 'dump', usage: '[flags]', summary: 'Dump relevant information for debugging and diagnosis',
    flags: {
      ...PRINT_FLAGS, output: { ...(PRINT_FLAGS['output'] ?? flag.string('')), default: 'json' },
      'output-directory': flag.string("Where to output the files. If empty or '-' uses stdout, otherwise creates a directory hierarchy in that directory"),
      namespaces: flag.list('A comma separated list of namespaces to dump.'), 'all-namespaces': flag.bool('If true, dump all namespaces.', { short: 'A' }),
      'pod-running-timeout': flag.duration('Accepted for compatibility.', { default: '20s' }),
    },
    run: dump,
  }],
  run: async (context) => {
    const { connection } = context;
    const { server } = connection.options;
    context.out(`Kubernetes control plane is running at ${server}\n`);
    const services = (await connection.mapper()).resource('services');
    for (const service of await connection.list(services, 'kube-system', { labelSelector: 'kubernetes.io/cluster-service=true' })) {
      const name = service.metadata.labels?.['kubernetes.io/name'] || service.metadata.name || '';
      context.out(`${name} is running at ${addressOf(service, server)}\n`);
    }
    context.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
  },
};

/** Source: kubectl pkg/cmd/clusterinfo: a load balancer's address, else the way through the server's proxy. */
function addressOf(service: KubeJson, server: string): string {
  const [port] = listAt(service, 'spec', 'ports');
  const [ingress] = listAt(service, 'status', 'loadBalancer', 'ingress');
  if (ingress) {
    const links = listAt(service, 'spec', 'ports').map((one) => `http://${textAt(ingress, 'ip') || textAt(ingress, 'hostname')}:${numberAt(one, 'port')} `);
    return links.join('');
  }
  const scheme = textAt(port, 'name') === 'https' || numberAt(port, 'port') === 443 ? 'https:' : '';
  const portName = textAt(port, 'name');
  return `${server}/api/v1/namespaces/${service.metadata.namespace}/services/${scheme}${service.metadata.name}${scheme || portName ? `:${portName}` : ''}/proxy`;
}

type Write = (file: string, content: string) => Promise<void>;

function writerOf(context: CommandContext): Write {
  const folder = context.flags.string('output-directory');
  if (folder === '' || folder === '-') return async (_file, content) => context.out(content);
  return async (file, content) => {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    createWriteStream(path).on('error', reject).end(content, () => resolve());
    return promise;
  };
}

async function dump(context: CommandContext): Promise<void> {
  const { connection, flags } = context;
  const write = writerOf(context);
  const mapper = await connection.mapper();
  const printer = objectPrinter(context);
  if (!printer) return;
  const extension = ['yaml', 'json'].includes(flags.string('output')) ? `.${flags.string('output')}` : '.txt';
  const listOf = async (name: string, namespace?: string): Promise<KubeJson[]> => connection.list(mapper.resource(name), namespace);
  const asList = (name: string, items: KubeJson[]): KubeJson => ({ apiVersion: mapper.resource(name).group ? `${mapper.resource(name).group}/v1` : 'v1', kind: `${mapper.resource(name).kind}List`, metadata: {}, items });
  await write(`nodes${extension}`, printer(asList('nodes', await listOf('nodes'))));
  const given = flags.list('namespaces');
  const namespaces = flags.bool('all-namespaces') ? (await listOf('namespaces')).map((one) => one.metadata.name ?? '') : given.length > 0 ? given : ['kube-system', connection.namespace];
  for (const namespace of namespaces) {
    let pods: KubeJson[] = [];
    for (const name of RESOURCES) {
      const items = await listOf(name, namespace);
      if (name === 'pods') pods = items;
      await write(`${namespace}/${name.replace('.apps', '').replace('replicationcontrollers', 'replication-controllers')}${extension}`, printer(asList(name, items)));
    }
    for (const pod of pods) await write(`${namespace}/${pod.metadata.name}/logs.txt`, await logsOf(context, pod));
  }
  const folder = flags.string('output-directory');
  if (folder !== '' && folder !== '-') context.out(`Cluster info dumped to ${folder}\n`);
}

async function logsOf(context: CommandContext, pod: KubeJson): Promise<string> {
  const { connection } = context;
  const { name = '', namespace } = pod.metadata;
  const pods = (await connection.mapper()).resource('pods');
  let all = '';
  for (const container of [...listAt(pod, 'spec', 'initContainers'), ...listAt(pod, 'spec', 'containers')]) {
    all += `==== START logs for container ${textAt(container, 'name')} of pod ${namespace}/${name} ====\n`;
    try {
      all += await text(await connection.stream({ path: connection.path(pods, namespace, name, 'log'), query: { container: textAt(container, 'name') } }));
    } catch (error) {
      if (!StatusError.is(error)) throw error;
      all += `Request log error: ${error.message}\n`;
    }
    all += `==== END logs for container ${textAt(container, 'name')} of pod ${namespace}/${name} ====\n`;
  }
  return all;
}
