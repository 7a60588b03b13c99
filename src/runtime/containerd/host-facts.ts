import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { HostFacts } from './containerd-config.ts';

const CAP_SYS_RESOURCE = 24;

/** Asks this machine. Throws an Error that says what to install when `binary` cannot be run. */
export async function detectHostFacts(binary: string): Promise<HostFacts> {
  const [containerdVersion, status, appArmor, appArmorParser] = await Promise.all([
    versionOf(binary),
    readFile('/proc/self/status', 'utf8'),
    readFile('/sys/module/apparmor/parameters/enabled', 'utf8').catch(() => 'N'),
    access('/sbin/apparmor_parser').then(() => true, () => false),
  ]);
  return {
    containerdVersion,
    maySetNegativeOomScore: hasCapability(status, CAP_SYS_RESOURCE),
    hasAppArmor: appArmor.trim() === 'Y' && appArmorParser,
  };
}

/** Whether the effective set in the text of `/proc/self/status` holds the capability with this number. */
export function hasCapability(procStatus: string, capability: number): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(procStatus)?.[1] ?? '0';
  return (BigInt(`0x${effective}`) & (1n << BigInt(capability))) !== 0n;
}

/** `1.6.20` of `containerd github.com/containerd/containerd 1.6.20~ds1 ...` or of `... v2.1.3 ...`. */
export function parseContainerdVersion(text: string): string {
  const version = /\sv?(\d+\.\d+\.\d+)/.exec(text)?.[1];
  if (version === undefined) throw new Error(`containerd --version says ${JSON.stringify(text)}, which holds no version`);
  return version;
}

async function versionOf(binary: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(binary, ['--version']);
    return parseContainerdVersion(stdout);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`${binary} was not found; install it: apt-get install containerd runc containernetworking-plugins`, { cause: error });
  }
}
