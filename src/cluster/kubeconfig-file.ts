import { formatKubeconfig, makeKubeconfig, mergeKubeconfig, parseKubeconfig, withoutContext, type Credentials, type Kubeconfig } from '../pki/index.ts';
import { readIfExists, writeFileDurably } from './files.ts';

/** The context, cluster and user that `kubets up --name NAME` puts into the user's kubeconfig. */
export function contextName(clusterName: string): string {
  return `kubets-${clusterName}`;
}

export function clusterKubeconfig(options: { name: string; server: string; authorityPem: string; credentials: Credentials }): Kubeconfig {
  const { name, server, authorityPem, credentials } = options;
  return makeKubeconfig({ name: contextName(name), server, certificateAuthorityPem: authorityPem, credentials });
}

/** Merges `added` into the kubeconfig at `path` and makes it the current context. Throws, changing nothing, when the file is no kubeconfig. */
export function mergeIntoFile(path: string, added: Kubeconfig): void {
  writeFileDurably(path, formatKubeconfig(mergeKubeconfig(readKubeconfig(path), added)));
}

/** Takes the cluster's context, cluster and user out of the kubeconfig at `path`, if they are there. */
export function removeFromFile(path: string, clusterName: string): void {
  if (readIfExists(path) === undefined) return;
  const config = readKubeconfig(path);
  const name = contextName(clusterName);
  if ([...config.clusters, ...config.users, ...config.contexts].some((one) => one.name === name)) {
    writeFileDurably(path, formatKubeconfig(withoutContext(config, name)));
  }
}

function readKubeconfig(path: string): Kubeconfig {
  try {
    return parseKubeconfig(readIfExists(path) ?? '');
  } catch (error) {
    throw new Error(`${path} is no kubeconfig (${error instanceof Error ? error.message : String(error)}); mend it or set KUBECONFIG to another file`, { cause: error });
  }
}
