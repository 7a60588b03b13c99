import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface CniOptions {
  /** The ranges of this node's pods: one, or one of each family. */
  readonly podCIDRs: readonly string[];
  /** The name of the bridge that pods are attached to. */
  readonly bridge: string;
}

/** The file's name; runtimes take the first by name. */
export const CNI_FILE = '10-kubets.conflist';

/**
 * The configuration of the pods' network. The bridge plugin's own masquerading stays off: it would hide the sources of pods from other nodes.
 * Hairpin mode lets a pod reach itself through a service.
 */
export function cniConfig({ podCIDRs, bridge }: CniOptions): object {
  return {
    cniVersion: '1.0.0',
    name: 'kubets',
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        isDefaultGateway: true,
        forceAddress: true, // the range changes when a node comes back under another
        hairpinMode: true,
        ipMasq: false,
        ipam: { type: 'host-local', ranges: podCIDRs.map((subnet) => [{ subnet }]) },
      },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  };
}

/** Writes the configuration so that a runtime sees all of it or nothing; gives whether it changed. */
export async function writeCniConfig(directory: string, options: CniOptions): Promise<boolean> {
  const file = join(directory, CNI_FILE);
  const text = `${JSON.stringify(cniConfig(options), undefined, 2)}\n`;
  if ((await readIfThere(file)) === text) return false;
  await mkdir(directory, { recursive: true });
  // Runtimes read only files that end in .conf, .conflist or .json.
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
  return true;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
