import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { isThere } from './network.ts';

/** What this machine can do for nodes that run real containers. */
export interface MachineFacts {
  readonly linux: boolean;
  readonly root: boolean;
  readonly cgroups: 'v1' | 'v2' | 'none';
  /** Whether a negative `oom_score_adj` can be set; without it containerd needs `restrict_oom_score_adj`. */
  readonly canRaisePriority: boolean;
  readonly appArmor: boolean;
  readonly systemd: boolean;
  /** Whether the kernel lets nftables see what is bridged: without it, a pod cannot reach a Service whose endpoint is on its own node. */
  readonly bridgeFilter: boolean;
  /** Where each program was found; programs that are missing have no entry. */
  readonly programs: Readonly<Record<string, string>>;
  /** The folder of the CNI plugins; undefined when they are missing. */
  readonly cniDirectory: string | undefined;
}

/** The programs that nodes need, and the Debian package of each. */
export const NEEDED_PROGRAMS: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  nft: 'nftables',
  conntrack: 'conntrack',
  iptables: 'iptables', // the portmap plugin runs it
  mount: 'mount',
  nsenter: 'util-linux',
  unshare: 'util-linux',
};
const CNI_PACKAGE = 'containernetworking-plugins';
const CNI_DIRECTORIES = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];
const CNI_PLUGINS = ['bridge', 'portmap', 'loopback', 'host-local'];

export async function detectMachine(environment: { readonly PATH?: string | undefined } = process.env): Promise<MachineFacts> {
  const linux = process.platform === 'linux';
  const programs: Record<string, string> = {};
  const path = [...(environment.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const name of Object.keys(NEEDED_PROGRAMS)) {
    const file = await findProgram(name, path);
    if (file !== undefined) programs[name] = file;
  }
  return {
    linux,
    root: process.getuid?.() === 0,
    cgroups: linux ? await cgroupVersion() : 'none',
    canRaisePriority: linux && (await hasCapability(CAP_SYS_RESOURCE)),
    appArmor: linux && (await isThere('/sys/kernel/security/apparmor')) && (await isThere('/sbin/apparmor_parser')),
    systemd: linux && (await isThere('/run/systemd/system')),
    bridgeFilter: linux && (await isThere('/proc/sys/net/bridge/bridge-nf-call-iptables')),
    programs,
    cniDirectory: await findCni(),
  };
}

/** Why containers cannot run here, the cure included; undefined when they can. */
export function whyNoContainers(facts: MachineFacts): string | undefined {
  if (!facts.linux) return 'containers need Linux; this is another system';
  if (!facts.root) return 'containers need root: run this as root, or with sudo';
  if (facts.cgroups === 'none') return 'no cgroups are mounted at /sys/fs/cgroup: containers need them';
  const line = installLine(facts);
  return line === undefined ? undefined : `${missingParts(facts).join(', ')} missing; install with: ${line}`;
}

/** The one line that installs all that is missing; undefined when nothing is. */
export function installLine(facts: MachineFacts): string | undefined {
  const missing = missingParts(facts);
  if (missing.length === 0) return undefined;
  const packages = new Set(missing.map((name) => NEEDED_PROGRAMS[name] ?? CNI_PACKAGE));
  return `apt-get install --yes --no-install-recommends ${[...packages].join(' ')}`;
}

function missingParts(facts: MachineFacts): string[] {
  return [...Object.keys(NEEDED_PROGRAMS).filter((name) => facts.programs[name] === undefined), ...(facts.cniDirectory === undefined ? ['the CNI plugins'] : [])];
}

const CAP_SYS_RESOURCE = 24;

async function hasCapability(number: number): Promise<boolean> {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> BigInt(number)) & 1n) === 1n;
}

async function cgroupVersion(): Promise<'v1' | 'v2' | 'none'> {
  if (await isThere('/sys/fs/cgroup/cgroup.controllers')) return 'v2';
  return (await isThere('/sys/fs/cgroup/memory')) ? 'v1' : 'none';
}

async function findProgram(name: string, directories: readonly string[]): Promise<string | undefined> {
  for (const directory of directories) {
    const file = join(directory, name);
    if (directory !== '' && (await isExecutable(file))) return file;
  }
  return undefined;
}

async function findCni(): Promise<string | undefined> {
  for (const directory of CNI_DIRECTORIES) {
    const found = await Promise.all(CNI_PLUGINS.map((name) => isExecutable(join(directory, name))));
    if (found.every(Boolean)) return directory;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'ENOTDIR')) return false;
    throw error;
  }
}
