import { createHash } from 'node:crypto';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CommandError, Commands } from '../../base/commands.ts';
import { cidrAddress } from '../../apimachinery/validation/ip.ts';
import { addressAt, parseRange4 } from '../../base/ipv4.ts';
import type { Logger } from '../../base/logger.ts';
import { chooseFreeRange, ipv6Beside, NODE_RANGES } from './free-range.ts';
import { hostRules, sysctlFile } from './machine-plan.ts';
import { findHolders, holderLabel, holderRuns, inNamespaces, startHolder } from './namespace-holder.ts';
import { currentBootID, type LocalRecord, type MachineRecord, readRecord, writeRecord } from './record.ts';

export interface LocalNetworkOptions {
  /** The name of the cluster; two clusters of one machine differ in it or in `dataDir`. */
  readonly cluster: string;
  readonly dataDir: string;
  /** The nodes' range. Default: the first free one of `NODE_RANGES`, and the same again on the next start. */
  readonly range?: string;
  /** Ranges that must not leave the machine: those of pods and of services. */
  readonly clusterRanges: readonly string[];
  /** Whether nodes and pods reach what lies beyond this machine. */
  readonly outbound: boolean;
  /** Whether the nodes have addresses of IPv6 too, which reach no further than this machine. */
  readonly hasIPv6?: boolean;
  readonly logger: Logger;
}

/** Watches of files in pods, kubelets and containerds soon use up the kernel's default of 128. */
const INOTIFY_INSTANCES = { name: 'fs.inotify.max_user_instances', atLeast: 8192 };

/**
 * The network between the host and the nodes of a local cluster: a bridge in a network namespace of its own, so that firewall rules of the host
 * (Docker's, say) never see what nodes send each other, and one link from the host to it. Creating it again repairs what is missing.
 */
export class LocalNetwork {
  readonly dataDir: string;
  readonly outbound: boolean;
  readonly hasIPv6: boolean;
  #record: LocalRecord;
  #written: Promise<void> = Promise.resolve();

  private constructor(options: LocalNetworkOptions, record: LocalRecord) {
    this.dataDir = resolve(options.dataDir);
    this.outbound = options.outbound;
    this.hasIPv6 = options.hasIPv6 ?? false;
    this.#record = record;
  }

  get record(): LocalRecord {
    return this.#record;
  }

  /** The host's address on the link: where nodes and pods reach the Master. */
  get hostAddress(): string {
    return this.addressOf(0);
  }

  /** The host's end of the link to the nodes. */
  get link(): string {
    return this.#record.link;
  }

  get prefixLength(): number {
    return parseRange4(this.#record.range).prefixLength;
  }

  /** The address of the node with `index` (from 1). */
  addressOf(index: number): string {
    return addressAt(parseRange4(this.#record.range), index + 1);
  }

  /** The range of IPv6 beside the nodes' own. */
  get range6(): string {
    return ipv6Beside(this.#record.range, 64);
  }

  /** The address of IPv6 of the node with `index` (from 1), or of the host (0); undefined in a cluster without. */
  address6Of(index: number): string | undefined {
    return this.hasIPv6 ? cidrAddress(this.range6, index + 1) : undefined;
  }

  /** Runs commands where the switch is. */
  get switchCommands(): Commands {
    const pid = this.#record.network.holder?.pid;
    if (pid === undefined) throw new Error('the network of the local cluster is not set up');
    return new Commands(inNamespaces(pid, ['net']));
  }

  async updateRecord(change: (record: LocalRecord) => LocalRecord): Promise<void> {
    this.#record = change(this.#record);
    // Machines are made side by side: each waits until what it noted is on the disk.
    this.#written = this.#written.catch(() => undefined).then(() => writeRecord(this.dataDir, this.#record));
    await this.#written;
  }

  async setMachine(machine: MachineRecord): Promise<void> {
    await this.updateRecord((record) => ({ ...record, machines: [...record.machines.filter(({ name }) => name !== machine.name), machine] }));
  }

  machineRecord(name: string): MachineRecord | undefined {
    return this.#record.machines.find((machine) => machine.name === name);
  }

  static async create(options: LocalNetworkOptions): Promise<LocalNetwork> {
    const host = new Commands();
    const dataDir = resolve(options.dataDir);
    const bootID = await currentBootID();
    const old = await readRecord(dataDir);
    const link = `kubets${createHash('sha256').update(`${options.cluster} ${dataDir}`).digest('hex').slice(0, 8)}`;
    const range = options.range ?? old?.range ?? chooseFreeRange(NODE_RANGES, await host.run(['ip', '-4', 'route', 'show', 'table', 'all']));
    const record: LocalRecord =
      old?.bootID === bootID && old.range === range
        ? old
        : { version: 1, bootID, cluster: options.cluster, link, range, network: {}, machines: [], routes: [], sysctls: {}, directories: old?.directories ?? [] };
    const network = new LocalNetwork(options, record);
    await network.updateRecord((same) => same);
    await network.#raiseInotify(options.logger);
    // Rules first: nothing may leave the machine before they hold.
    await host.nft(hostRules({ table: link, link, range, outbound: options.outbound }));
    await network.#blackhole(host, options.clusterRanges);
    await network.#ensureSwitch(host);
    if (options.outbound) await network.#setSysctl('net.ipv4.ip_forward', '1');
    return network;
  }

  async #ensureSwitch(host: Commands): Promise<void> {
    const { link, network, range } = this.#record;
    if (!(await holderRuns(network))) {
      const label = holderLabel(this.dataDir, 'switch');
      await this.#endStrays(label);
      const setUp = [
        ['ip', 'link', 'set', 'lo', 'up'],
        ['ip', 'link', 'add', 'name', 'switch', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0'],
        ['ip', 'link', 'set', 'switch', 'up'],
        ['sh', '-c', 'test ! -e /proc/sys/net/bridge || for name in iptables ip6tables; do echo 0 > /proc/sys/net/bridge/bridge-nf-call-$name; done'],
      ];
      const started = await startHolder({ namespaces: ['net'], setUp, label });
      // Its mounts are the host's own: they must never be taken for something to clear.
      await this.updateRecord((record) => ({ ...record, network: { holder: started.holder } }));
    }
    const pid = this.#record.network.holder?.pid;
    if (!(await isThere(`/sys/class/net/${link}`)) || !(await hasPort(this.switchCommands, 'host'))) {
      await removeLink(host, link);
      await host.ip([`link add name ${link} type veth peer name host netns ${pid}`]);
      await this.switchCommands.ip(['link set host master switch', 'link set host up']);
    }
    await host.ip([`address replace ${this.hostAddress}/${parseRange4(range).prefixLength} dev ${link}`, `link set ${link} up`]);
    const address6 = this.address6Of(0);
    if (address6 !== undefined) await host.ip([`address replace ${address6}/64 dev ${link} nodad`]);
  }

  /** A holder that was started and not recorded before its maker was killed. */
  async #endStrays(label: string): Promise<void> {
    for (const pid of await findHolders((other) => other === label)) process.kill(pid, 'SIGKILL');
  }

  async #blackhole(host: Commands, ranges: readonly string[]): Promise<void> {
    const routes = ranges.map((range) => `unreachable ${range} metric 4278198272`);
    await this.updateRecord((record) => ({ ...record, routes: [...new Set([...record.routes, ...routes])] }));
    await host.ip(routes.map((route) => `route replace ${route}`));
  }

  async #raiseInotify(logger: Logger): Promise<void> {
    const { name, atLeast } = INOTIFY_INSTANCES;
    const current = (await readFile(sysctlFile(name), 'utf8')).trim();
    if (Number(current) >= atLeast) return;
    try {
      await this.#setSysctl(name, String(atLeast));
    } catch (error) {
      logger.warn('cannot raise the number of inotify instances: pods that watch files may fail', { setting: name, current, error });
    }
  }

  async #setSysctl(name: string, value: string): Promise<void> {
    const current = (await readFile(sysctlFile(name), 'utf8')).trim();
    if (current === value) return;
    await this.updateRecord((record) => ({ ...record, sysctls: { [name]: current, ...record.sysctls } }));
    await writeFile(sysctlFile(name), value);
  }

  /** Makes missing directories of the host that something is to be mounted on, and remembers which. */
  async ensureDirectories(paths: readonly string[]): Promise<void> {
    const missing: string[] = [];
    for (const path of paths) {
      for (let level = path; level !== '/' && !(await isThere(level)); level = dirname(level)) missing.push(level);
    }
    if (missing.length === 0) return;
    await this.updateRecord((record) => ({ ...record, directories: [...new Set([...record.directories, ...missing.toSorted()])] }));
    for (const path of missing.toSorted()) await mkdir(path, { recursive: true });
  }
}

export async function hasPort(commands: Commands, name: string): Promise<boolean> {
  return (await commands.run(['ip', '-br', 'link', 'show'])).split('\n').some((line) => line.startsWith(`${name}@`) || line.startsWith(`${name} `));
}

export async function removeLink(commands: Commands, name: string): Promise<void> {
  if (!(await hasPort(commands, name))) return;
  try {
    await commands.ip([`link delete ${name}`]);
  } catch (error) {
    // The kernel may have taken it down meanwhile, with the namespace of its other end.
    if (!(error instanceof CommandError) || !error.stderr.includes('Cannot find device')) throw error;
  }
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
