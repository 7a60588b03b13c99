import { isTrue } from '../../apimachinery/query-boolean.ts';
import type { Query } from '../request.ts';

/** The options of a connect, as the object that admission sees. */
export interface ConnectOptions {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** How the kubelet calls what the API calls stdin, stdout, stderr. */
const KUBELET_STREAMS = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;
const STREAMS = Object.keys(KUBELET_STREAMS) as (keyof typeof KUBELET_STREAMS)[];

const portsOf = (query: Query): string[] => query.all('ports').flatMap((one) => one.split(','));

/** PodExecOptions, PodAttachOptions or PodPortForwardOptions of a query, without what was not asked for. */
export function streamOptions(subresource: string, query: Query): ConnectOptions {
  if (subresource === 'portforward') return { kind: 'PodPortForwardOptions', ...(portsOf(query).length > 0 && { ports: portsOf(query).map(Number) }) };
  const container = query.get('container') ?? '';
  const asked = Object.fromEntries(STREAMS.filter((stream) => isTrue(query.get(stream))).map((stream) => [stream, true]));
  const common = { ...asked, ...(container !== '' && { container }) };
  return subresource === 'exec' ? { kind: 'PodExecOptions', ...common, command: query.all('command') } : { kind: 'PodAttachOptions', ...common };
}

/** The query with which the kubelet is asked for the same. Source: pkg/registry/core/pod/strategy.go (streamLocation). */
export function kubeletQuery(subresource: string, query: Query): URLSearchParams {
  const asked = new URLSearchParams();
  if (subresource === 'portforward') {
    for (const port of query.all('ports')) asked.append('port', port);
    return asked;
  }
  for (const stream of STREAMS) if (isTrue(query.get(stream))) asked.set(KUBELET_STREAMS[stream], '1');
  for (const word of query.all('command')) asked.append('command', word);
  return asked;
}
