import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { Commands } from '../../base/commands.ts';
import { createCgroup, processesInCgroup, readHierarchies, removeCgroup } from './cgroups.ts';
import { withDirectoryLock } from './directory-lock.ts';
import { configureUplink, hostPathOf, machineSetUp, OWN_DIRECTORIES, plugIntoSwitch } from './machine-plan.ts';
import { findHolders, holderLabel, holderRuns, inNamespaces, type Namespaces, startHolder } from './namespace-holder.ts';
import { hasPort, type LocalNetwork, removeLink } from './network.ts';
import { killAll, processesInMountNamespace } from './processes.ts';
import type { MachineRecord } from './record.ts';

export interface LocalMachineOptions {
  readonly name: string;
  /** From 1; gives the address. */
  readonly index: number;
  readonly network: LocalNetwork;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const NAMESPACES: Namespaces = ['net', 'mount', 'uts'];
/** On a busy machine what was killed takes its time to be gone. */
export const KILL_TIMEOUT_MS = 60_000;

/**
 * A node's machine within this machine: its own network, mounts and host name, its own directories and its own cgroup. Processes are seen by all.
 * Creating it again finds it as it is, and repairs what is missing.
 */
export class LocalMachine {
  readonly name: string;
  readonly ip: string;
  /** Its addresses: one, or one of each family. */
  readonly ips: readonly string[];
  /** Where everything of the node lies on the host. */
  readonly directory: string;
  /** The parent of all cgroups of the node, in every hierarchy: `/kubets-<cluster>/<name>`. */
  readonly cgroup: string;
  readonly #options: LocalMachineOptions;

  private constructor(options: LocalMachineOptions) {
    const { name, index, network } = options;
    this.#options = options;
    this.name = name;
    this.ip = network.addressOf(index);
    const ip6 = network.address6Of(index);
    this.ips = [this.ip, ...(ip6 === undefined ? [] : [ip6])];
    this.directory = directoryOf(network.dataDir, name);
    this.cgroup = `/kubets-${network.record.cluster}/${name}`;
  }

  static async create(options: LocalMachineOptions): Promise<LocalMachine> {
    const machine = new LocalMachine(options);
    await machine.#ensure();
    return machine;
  }

  /** The command line that runs `argv` inside the node. */
  command(argv: readonly string[]): { file: string; args: string[] } {
    const [file = '', ...args] = [...this.prefix, ...argv];
    return { file, args };
  }

  /** What goes before a command line so that it runs inside the node. */
  get prefix(): string[] {
    const pid = this.#options.network.machineRecord(this.name)?.holder?.pid;
    if (pid === undefined) throw new Error(`there is no machine ${this.name}`);
    return inNamespaces(pid, NAMESPACES);
  }

  /** Runs commands inside the node. */
  get commands(): Commands {
    return new Commands(this.prefix);
  }

  /** Where a directory of the node lies on the host; `path` is one of `OWN_DIRECTORIES`. */
  hostPath(path: string): string {
    return hostPathOf(this.directory, path);
  }

  async #ensure(): Promise<void> {
    const { index, network, name } = this.#options;
    const known = network.machineRecord(name);
    const record: MachineRecord = { ...known, name, index, ip: this.ip, cgroup: this.cgroup };
    await network.setMachine(record);
    await createCgroup(this.cgroup, await readHierarchies());
    for (const path of OWN_DIRECTORIES) await mkdir(this.hostPath(path), { recursive: true });
    if (!(await holderRuns(record))) {
      // Whatever lives on in namespaces without a holder can no longer be reached by us, and would hold its addresses and mounts.
      await clearMachine(record, network.dataDir, this.#options);
      await this.#emptyVolatile();
      await createCgroup(this.cgroup, await readHierarchies());
      const started = await withDirectoryLock('shared', async () => {
        await network.ensureDirectories(OWN_DIRECTORIES);
        return startHolder({ namespaces: NAMESPACES, setUp: machineSetUp({ name, nodeDirectory: this.directory }), label: holderLabel(network.dataDir, name) });
      });
      await network.setMachine({ ...record, ...started });
    }
    await this.#plugIn();
  }

  /** As after a restart of a machine: what is under /run is gone. */
  async #emptyVolatile(): Promise<void> {
    for (const path of OWN_DIRECTORIES.filter((directory) => directory.startsWith('/run/'))) {
      await rm(this.hostPath(path), { recursive: true, force: true });
      await mkdir(this.hostPath(path), { recursive: true });
    }
  }

  async #plugIn(): Promise<void> {
    const { index, network } = this.#options;
    const port = `port${index}`;
    const holderPid = network.machineRecord(this.name)?.holder?.pid ?? 0;
    if (!(await hasPort(network.switchCommands, port)) || !(await hasPort(this.commands, 'eth0'))) {
      await removeLink(network.switchCommands, port);
      await removeLink(this.commands, 'eth0');
      await network.switchCommands.ip(plugIntoSwitch({ port, holderPid }));
    }
    const [ip6, gateway6] = [network.address6Of(index), network.address6Of(0)];
    const uplink = { ip: this.ip, prefixLength: network.prefixLength, gateway: network.hostAddress };
    await this.commands.ip(configureUplink({ ...uplink, ...(ip6 !== undefined && gateway6 !== undefined && { ip6: { ip: ip6, prefixLength: 64, gateway: gateway6 } }) }));
  }

  /** Ends every process of the node, pods' too, and removes its namespaces, links, mounts and cgroups. Its files stay. */
  async remove(): Promise<void> {
    const { network, name } = this.#options;
    const record = network.machineRecord(name);
    if (record) {
      await clearMachine(record, network.dataDir, this.#options);
      await removeLink(network.switchCommands, `port${record.index}`); // the kernel takes its time to take down the link of a namespace that has ended
    }
    await network.updateRecord((whole) => ({ ...whole, machines: whole.machines.filter((machine) => machine.name !== name) }));
  }
}

/** Ends every process in the node's namespaces and cgroup; links and mounts vanish with the last of them. */
export async function clearMachine(record: MachineRecord, dataDir: string, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  const hierarchies = await readHierarchies();
  const [mountPoint = ''] = OWN_DIRECTORIES;
  const source = hostPathOf(directoryOf(dataDir, record.name), mountPoint);
  const find = async (): Promise<number[]> => {
    const inNode = record.mnt === undefined ? [] : await processesInMountNamespace({ mnt: record.mnt, mountPoint, source });
    const strays = await findHolders((label) => label === holderLabel(dataDir, record.name));
    return [...new Set([...inNode, ...strays, ...(await processesInCgroup(record.cgroup, hierarchies))])];
  };
  await killAll(find, { clock, timeoutMs: KILL_TIMEOUT_MS, signal });
  await removeCgroup(record.cgroup, hierarchies, clock, signal);
}

function directoryOf(dataDir: string, name: string): string {
  return join(dataDir, 'nodes', name);
}
