import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { parseKubeconfig } from '../pki/index.ts';
import { HttpsTransport } from './https-transport.ts';
import type { Transport } from './transport.ts';

/**
 * The server that a file in the form of a kubeconfig names: how webhooks of the server itself are told of. `path: ''` is the server's own path.
 * Throws Error for a file that cannot be read or names no https server.
 */
export function kubeconfigTransport(file: string, options: { clock: Clock; timeoutMs: number; userAgent: string }): Transport {
  const config = parseKubeconfig(readFileSync(file, 'utf8'));
  const context = config.contexts.find((one) => one.name === config['current-context']) ?? config.contexts[0];
  const cluster = config.clusters.find((one) => one.name === context?.context.cluster)?.cluster ?? config.clusters[0]?.cluster;
  const user = config.users.find((one) => one.name === context?.context.user)?.user ?? {};
  if (!cluster?.server || !URL.canParse(cluster.server) || new URL(cluster.server).protocol !== 'https:') throw new Error(`${file} must name a server with an https address`);
  const text = (data: string | undefined, path: string | undefined): string | undefined =>
    data !== undefined ? Buffer.from(data, 'base64').toString('utf8') : path !== undefined ? readFileSync(resolve(dirname(file), path), 'utf8') : undefined;
  const ca = text(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = text(user['client-certificate-data'], user['client-certificate']);
  const key = text(user['client-key-data'], user['client-key']);
  const tls = { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }), ...(cluster['insecure-skip-tls-verify'] && { skipVerification: true }) };
  const token = user.token ?? (user.tokenFile === undefined ? undefined : readFileSync(resolve(dirname(file), user.tokenFile), 'utf8').trim());
  return new HttpsTransport({ server: cluster.server, tls: () => tls, ...(token !== undefined && { token: () => token }), ...options });
}
