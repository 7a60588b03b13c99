import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseKubeconfig, type Kubeconfig } from '../../pki/index.ts';
import type { WebhookTls } from './webhook-client.ts';

/** A webhook that a kubeconfig names: the cluster is the webhook, the user is this server. */
export interface KubeconfigTarget {
  readonly url: URL;
  readonly tls: WebhookTls;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads a kubeconfig with the files that it names. Throws RangeError, which says what is wrong. Source: "ImagePolicyWebhook", kubeconfig format. */
export function kubeconfigTarget(file: string): KubeconfigTarget {
  const config = read(file);
  const name = config['current-context'];
  const context = config.contexts.find((one) => one.name === name)?.context ?? (config.contexts.length === 1 ? config.contexts[0]?.context : undefined);
  const cluster = config.clusters.find((one) => one.name === context?.cluster)?.cluster;
  if (!context || !cluster || !URL.canParse(cluster.server)) throw new RangeError(`${file}: its current context must lead to a cluster with a server's URL`);
  const user = config.users.find((one) => one.name === context.user)?.user ?? {};
  const folder = dirname(resolve(file));
  const pem = (data: string | undefined, path: string | undefined): string | undefined => (data !== undefined ? Buffer.from(data, 'base64').toString('utf8') : path !== undefined ? readFileSync(resolve(folder, path), 'utf8') : undefined);
  const [ca, cert, key] = [pem(cluster['certificate-authority-data'], cluster['certificate-authority']), pem(user['client-certificate-data'], user['client-certificate']), pem(user['client-key-data'], user['client-key'])];
  const token = user.token ?? (user.tokenFile === undefined ? undefined : readFileSync(resolve(folder, user.tokenFile), 'utf8').trim());
  return {
    url: new URL(cluster.server),
    tls: {
      ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }), ...(cluster['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
      ...(cluster['tls-server-name'] !== undefined && { servername: cluster['tls-server-name'] }),
    },
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  };
}

function read(file: string): Kubeconfig {
  try {
    return parseKubeconfig(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RangeError(`unable to read ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
