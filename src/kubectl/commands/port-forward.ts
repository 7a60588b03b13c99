import { createServer, type Server, type Socket } from 'node:net';
import { connectPortForwardSpdy, connectPortForwardWebSocket, joinForwarded, type PortForwardClient, UpgradeRefused } from '../../streaming/index.ts';
import type { Command, CommandContext } from '../command.ts';
import { CommandError, UsageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { containerPortOf, parsePorts, targetPortOf } from '../forwarded-ports.ts';
import { type KubeJson, textAt } from '../kube-json.ts';
import { podsOf } from '../pods-of.ts';
import { refusalOf } from '../remote.ts';

export const portForward: Command = {
  name: 'port-forward',
  usage: 'TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  summary: 'Forward one or more local ports to a pod',
  flags: { address: flag.list('Addresses to listen on (comma separated).', { default: 'localhost' }), 'pod-running-timeout': flag.duration('Accepted for compatibility.', { default: '1m0s' }) },
  run: async (context) => {
    const [name, ...ports] = context.args;
    if (name === undefined || ports.length === 0) throw new UsageError('TYPE/NAME and list of ports are required for port-forward');
    const pod = (await podsOf(context, [name]))[0];
    if (!pod) throw new CommandError('expected a pod');
    const service = await serviceOf(context, name);
    const pairs = ports.map((text) => parsePorts(text, (port) => (service ? targetPortOf(service, pod.object, port) : containerPortOf(pod.object, port))));
    const phase = textAt(pod.object, 'status', 'phase');
    if (phase !== 'Running') throw new CommandError(`unable to forward port because pod is not running. Current status=${phase}`);
    const client = await connect(context, context.connection.path(pod.resource, pod.namespace, pod.name, 'portforward'));
    const servers: Server[] = [];
    try {
      for (const { local, remote } of pairs) for (const address of context.flags.list('address')) servers.push(await listen(context, client, address === 'localhost' ? '127.0.0.1' : address, local, remote));
      const { promise, resolve } = Promise.withResolvers<void>();
      context.io.signal.addEventListener('abort', () => resolve(), { once: true });
      await Promise.race([promise, client.closed]);
    } finally {
      for (const server of servers) server.close();
      client.close();
    }
    if (!context.io.signal.aborted) throw new CommandError('lost connection to pod');
  },
};

/** The Service, when one is named. */
async function serviceOf({ connection }: CommandContext, name: string): Promise<KubeJson | undefined> {
  const [type = '', own = ''] = name.includes('/') ? name.split('/') : [];
  const resource = type === '' ? undefined : await connection.lookUp((mapper) => mapper.find(type));
  return resource?.resource === 'services' && resource.group === '' ? connection.get(resource, connection.namespace, own) : undefined;
}

async function connect(context: CommandContext, path: string): Promise<PortForwardClient> {
  const target = context.connection.streamTarget(path, new URLSearchParams());
  try {
    return await connectPortForwardWebSocket(target);
  } catch (error) {
    if (!(error instanceof UpgradeRefused)) throw error;
  }
  try {
    return await connectPortForwardSpdy(target);
  } catch (error) {
    throw error instanceof UpgradeRefused ? refusalOf(error) : error;
  }
}

async function listen(context: CommandContext, client: PortForwardClient, address: string, local: number, remote: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => void forward(context, client, socket, remote));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.on('error', (error) => reject(new CommandError(`unable to listen on any of the requested ports: ${error.message}`, { cause: error })));
  server.listen(local, address, () => resolve());
  await promise;
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : local;
  context.out(`Forwarding from ${address}:${port} -> ${remote}\n`);
  return server;
}

/** Once a connection could not be forwarded the whole forwarding ends, as stock kubectl's does: the pod may be another one by now. */
async function forward(context: CommandContext, client: PortForwardClient, socket: Socket, remote: number): Promise<void> {
  const local = socket.localPort ?? 0;
  context.out(`Handling connection for ${local}\n`);
  socket.on('error', () => socket.destroy()); // its client may go before the pod is reached
  try {
    const { data, error } = await client.open(remote);
    const joined = joinForwarded(data, socket);
    const complaint = await error;
    if (complaint) {
      context.err(`an error occurred forwarding ${local} -> ${remote}: ${complaint}\n`);
      socket.destroy();
      client.close();
    }
    await joined;
  } catch (error) {
    socket.destroy();
    context.err(`error creating stream: ${(error as Error).message}\n`);
  }
}
