import type { Kubeconfig, KubeconfigCluster, KubeconfigUser } from '../../pki/kubeconfig.ts';
import { parseKubeconfig } from '../../pki/kubeconfig.ts';
import type { CommandContext } from '../command.ts';
import { type KubeconfigFile, kubeconfigPaths, mergeKubeconfigs, readKubeconfigs, writeKubeconfig } from './kubeconfig-files.ts';

/** The configuration as all files make it. */
export function mergedConfig(context: CommandContext): Kubeconfig {
  return mergeKubeconfigs(readKubeconfigs(context.flags.string('kubeconfig'), context.io.env, { mayBeMissing: true }));
}

type Section = 'clusters' | 'users' | 'contexts';

/** The file that holds an entry; for a new one the first file there is, or the one that would be made. */
export function fileOf(context: CommandContext, section: Section, name: string): KubeconfigFile {
  const files = filesOf(context);
  return files.find(({ config }) => (config[section] as { name: string }[]).some((one) => one.name === name)) ?? firstFile(context, files);
}

/** The file whose current context counts; where there is none, the first. */
export function currentContextFile(context: CommandContext): KubeconfigFile {
  const files = filesOf(context);
  return files.find(({ config }) => config['current-context'] !== '') ?? firstFile(context, files);
}

function filesOf(context: CommandContext): KubeconfigFile[] {
  return readKubeconfigs(context.flags.string('kubeconfig'), context.io.env, { mayBeMissing: true });
}

function firstFile(context: CommandContext, files: readonly KubeconfigFile[]): KubeconfigFile {
  return files[0] ?? { path: kubeconfigPaths(context.flags.string('kubeconfig'), context.io.env).at(-1) ?? '', config: parseKubeconfig('') };
}

export type Entry = { name: string; cluster?: KubeconfigCluster; user?: KubeconfigUser; context?: { cluster: string; user: string; namespace?: string } };

/** Puts an entry in place of the one of its name, sorted by name, and writes the file. */
export function putEntry(file: KubeconfigFile, section: Section, entry: Entry): void {
  const rest = (file.config[section] as Entry[]).filter((one) => one.name !== entry.name);
  const entries = [...rest, entry].sort((a, b) => (a.name < b.name ? -1 : 1));
  writeKubeconfig(file.path, { ...file.config, [section]: entries });
}

/** Takes an entry away and writes the file; false when there was none. */
export function removeEntry(file: KubeconfigFile, section: Section, name: string): boolean {
  const entries = file.config[section] as Entry[];
  const rest = entries.filter((one) => one.name !== name);
  if (rest.length === entries.length) return false;
  writeKubeconfig(file.path, { ...file.config, [section]: rest });
  return true;
}
