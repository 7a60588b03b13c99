import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseKubeconfig, type Kubeconfig } from '../../pki/index.ts';
import { credentialsOf, pemOf } from './kubeconfig-user.ts';
import type { RequestHeaders, WebhookTls } from './webhook-tls.ts';

/** A webhook that a kubeconfig names: the cluster is the webhook, the user is this server. */
export interface KubeconfigTarget {
  readonly url: URL;
  readonly tls: WebhookTls;
  readonly headers: RequestHeaders;
}

/** Reads a kubeconfig with the files that it names. Throws RangeError, which says what is wrong. Source: "ImagePolicyWebhook", kubeconfig format. */
export function kubeconfigTarget(file: string): KubeconfigTarget {
  const config = readKubeconfig(file);
  const name = config['current-context'];
  const context = config.contexts.find((one) => one.name === name)?.context ?? (config.contexts.length === 1 ? config.contexts[0]?.context : undefined);
  const cluster = config.clusters.find((one) => one.name === context?.cluster)?.cluster;
  if (!context || !cluster || !URL.canParse(cluster.server)) throw new RangeError(`${file}: its current context must lead to a cluster with a server's URL`);
  const user = config.users.find((one) => one.name === context.user)?.user ?? {};
  const folder = dirname(resolve(file));
  const ca = pemOf(cluster['certificate-authority-data'], cluster['certificate-authority'], folder);
  const { tls, headers } = credentialsOf(user, folder);
  return {
    url: new URL(cluster.server),
    tls: {
      ...tls, ...(ca !== undefined && { ca }), ...(cluster['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
      ...(cluster['tls-server-name'] !== undefined && { servername: cluster['tls-server-name'] }),
    },
    headers,
  };
}

/** Throws RangeError for a file that cannot be read, or is none. */
export function readKubeconfig(file: string): Kubeconfig {
  try {
    return parseKubeconfig(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RangeError(`unable to read ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
