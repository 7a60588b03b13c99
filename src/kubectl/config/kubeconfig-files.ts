import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { formatKubeconfig, type Kubeconfig, type KubeconfigExec, parseKubeconfig } from '../../pki/kubeconfig.ts';
import { CommandError } from '../errors.ts';

/** One file of the list that makes up the configuration. */
export interface KubeconfigFile {
  readonly path: string;
  readonly config: Kubeconfig;
}

/** The files to read, as `--kubeconfig`, `$KUBECONFIG` and the home folder name them. */
export function kubeconfigPaths(explicit: string, env: Readonly<Record<string, string | undefined>>): string[] {
  if (explicit !== '') return [explicit];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? [...new Set(listed)] : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
}

/** Throws when a file that was named on the command line is missing (unless it `mayBeMissing`: it will be written), or one cannot be read. */
export function readKubeconfigs(explicit: string, env: Readonly<Record<string, string | undefined>>, options: { readonly mayBeMissing?: boolean } = {}): KubeconfigFile[] {
  const files: KubeconfigFile[] = [];
  for (const path of kubeconfigPaths(explicit, env)) {
    if (!existsSync(path)) {
      if (explicit !== '' && !options.mayBeMissing) throw new CommandError(`stat ${path}: no such file or directory`);
      continue;
    }
    try {
      files.push({ path, config: parseKubeconfig(readFileSync(path, 'utf8')) });
    } catch (error) {
      throw new CommandError(`error loading config file ${JSON.stringify(path)}: ${(error as Error).message}`, { cause: error });
    }
  }
  return files;
}

/** One configuration of several files: the first file that has an entry wins. Relative paths of key files count from their own file. */
export function mergeKubeconfigs(files: readonly KubeconfigFile[]): Kubeconfig {
  const merged = parseKubeconfig('');
  const add = <E extends { name: string }>(to: E[], from: readonly E[]): void => {
    for (const one of from) if (!to.some((other) => other.name === one.name)) to.push(one);
  };
  for (const { path, config } of files) {
    add(merged.clusters, config.clusters.map((one) => ({ ...one, cluster: { ...one.cluster, ...absolute(path, 'certificate-authority', one.cluster['certificate-authority']) } })));
    add(merged.users, config.users.map((one) => {
      const { user } = one;
      const paths = { ...absolute(path, 'client-certificate', user['client-certificate']), ...absolute(path, 'client-key', user['client-key']), ...absolute(path, 'tokenFile', user.tokenFile), ...execOf(path, user.exec) };
      return { ...one, user: { ...user, ...paths } };
    }));
    add(merged.contexts, config.contexts);
    merged['current-context'] ||= config['current-context'];
  }
  return merged;
}

function absolute(file: string, key: string, path: string | undefined): Record<string, string> {
  if (!path) return {};
  return { [key]: isAbsolute(path) ? path : resolve(dirname(file), path) };
}

/** A command with a slash in it counts from its own file; one without is looked for on the path. */
function execOf(file: string, exec: KubeconfigExec | undefined): { exec?: KubeconfigExec } {
  return exec?.command?.includes('/') ? { exec: { ...exec, ...absolute(file, 'command', exec.command) } } : {};
}

export function writeKubeconfig(path: string, config: Kubeconfig): void {
  mkdirSync(dirname(path), { recursive: true });
  const order: Record<string, unknown> = {};
  for (const key of Object.keys(config).sort()) order[key] = (config as unknown as Record<string, unknown>)[key];
  writeFileSync(path, formatKubeconfig(order as unknown as Kubeconfig), { mode: 0o600 });
}
