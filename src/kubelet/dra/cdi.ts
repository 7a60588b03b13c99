import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { ContainerConfig, VersionResponse } from '../../runtime/index.ts';

/** Where descriptions of devices are; those of the second folder go before. Source: Container Device Interface specification. */
const FOLDERS: readonly string[] = ['/etc/cdi', '/var/run/cdi'];

interface ContainerEdits {
  readonly env?: readonly string[];
  readonly deviceNodes?: readonly { readonly path: string; readonly hostPath?: string; readonly permissions?: string }[];
  readonly mounts?: readonly { readonly hostPath: string; readonly containerPath: string; readonly options?: readonly string[] }[];
  readonly hooks?: readonly unknown[];
}

interface CdiSpec {
  /** `vendor.example/class` */
  readonly kind: string;
  readonly containerEdits?: ContainerEdits;
  readonly devices: readonly { readonly name: string; readonly containerEdits?: ContainerEdits }[];
}

/** A device that no description fits, or one that only a runtime could give. */
export class CdiError extends Error {
  override readonly name = 'CdiError';
}

/** Whether the runtime looks up devices by their CDI names itself: containerd does from 1.7 on. */
export function knowsCdi(version: VersionResponse | undefined): boolean {
  if (version?.runtimeName !== 'containerd') return true;
  const [major = 0, minor = 0] = version.runtimeVersion.replace(/^v/, '').split('.').map(Number);
  return major > 1 || minor >= 7;
}

/** What a container with these devices is to have, for a runtime that does not know CDI. Throws `CdiError`. */
export async function cdiEdits(names: readonly string[], folders: readonly string[] = FOLDERS): Promise<Required<Pick<ContainerConfig, 'envs' | 'devices' | 'mounts'>>> {
  const edits = { envs: [] as { key: string; value: string }[], devices: [] as NonNullable<ContainerConfig['devices']>, mounts: [] as NonNullable<ContainerConfig['mounts']> };
  if (names.length === 0) return edits;
  const specs = await readSpecs(folders);
  const applied = new Set<CdiSpec>();
  for (const name of names) {
    const [kind, deviceName] = name.split('=');
    const spec = specs.findLast((one) => one.kind === kind && one.devices.some((device) => device.name === deviceName));
    const device = spec?.devices.find((one) => one.name === deviceName);
    if (!spec || !device) throw new CdiError(`unresolvable CDI devices ${name}`);
    if (!applied.has(spec)) add(edits, spec.containerEdits, name);
    applied.add(spec);
    add(edits, device.containerEdits, name);
  }
  return edits;
}

function add(to: Awaited<ReturnType<typeof cdiEdits>>, { env = [], deviceNodes = [], mounts = [], hooks = [] }: ContainerEdits = {}, name: string): void {
  if (hooks.length > 0) throw new CdiError(`CDI device ${name} has hooks, which only a runtime that knows CDI can run: containerd 1.7 or later`);
  for (const text of env) {
    const at = text.indexOf('=');
    to.envs.push({ key: text.slice(0, at), value: text.slice(at + 1) });
  }
  for (const { path, hostPath, permissions } of deviceNodes) to.devices.push({ containerPath: path, hostPath: hostPath ?? path, permissions: permissions ?? 'rwm' });
  for (const { hostPath, containerPath, options = [] } of mounts) to.mounts.push({ hostPath, containerPath, readonly: options.includes('ro') });
}

async function readSpecs(folders: readonly string[]): Promise<CdiSpec[]> {
  const specs: CdiSpec[] = [];
  for (const folder of folders) {
    const names: string[] = await readdir(folder).catch(() => []);
    for (const name of names.sort()) {
      if (!/\.(ya?ml|json)$/.test(name)) continue;
      const spec = load(await readFile(join(folder, name), 'utf8')) as CdiSpec | undefined;
      if (spec?.kind && Array.isArray(spec.devices)) specs.push(spec);
    }
  }
  return specs;
}
