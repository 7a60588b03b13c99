import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readIfExists } from './files.ts';

/** Where clusters of this machine keep their data unless they are told otherwise: a folder each. */
export function defaultDataRoot(environment: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return '/var/lib/kubets';
  return join(environment.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'kubets');
}

export function defaultDataDir(name: string, environment: NodeJS.ProcessEnv): string {
  return join(defaultDataRoot(environment), name);
}

/** Where kubectl looks first: the first file of $KUBECONFIG, else ~/.kube/config. */
export function kubeconfigPath(environment: NodeJS.ProcessEnv): string {
  const [first] = (environment.KUBECONFIG ?? '').split(':').filter(Boolean);
  return first ?? join(homedir(), '.kube', 'config');
}

/** The folders under the default root that hold a cluster. */
export function knownClusters(environment: NodeJS.ProcessEnv): { name: string; dataDir: string }[] {
  const root = defaultDataRoot(environment);
  try {
    return readdirSync(root)
      .map((name) => ({ name, dataDir: join(root, name) }))
      .filter(({ dataDir }) => readIfExists(join(dataDir, 'cluster.json')) !== undefined);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
