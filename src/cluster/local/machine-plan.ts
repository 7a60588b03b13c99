import { join } from 'node:path';

/**
 * What a node writes outside of the data directory, and which two nodes of one machine therefore must not share: each sees a directory of its
 * own there, under `<dataDir>/nodes/<name>`.
 */
export const OWN_DIRECTORIES: readonly string[] = [
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/var/lib/containerd',
  '/var/log/pods',
  '/var/log/containers',
  '/run/containerd',
  '/run/netns',
  '/etc/cni/net.d',
];

/** Settings of a node's network namespace: it routes for its pods, and translated answers between pods on one bridge come back through nftables. */
export const NODE_SYSCTLS: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '1',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.default.rp_filter': '0',
  'net.bridge.bridge-nf-call-iptables': '1',
  'net.ipv6.conf.all.forwarding': '1',
  // Nobody else has a node's addresses; while the kernel looks for others, a second or two, it forwards nothing from them.
  'net.ipv6.conf.default.accept_dad': '0',
  'net.bridge.bridge-nf-call-ip6tables': '1',
};

/** Where a node's own directory lies on the machine. */
export function hostPathOf(nodeDirectory: string, path: string): string {
  return join(nodeDirectory, path.slice(1).replaceAll('/', '-'));
}

export function sysctlFile(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}

/** Command lines that make fresh namespaces those of node `name`. */
export function machineSetUp({ name, nodeDirectory }: { name: string; nodeDirectory: string }): string[][] {
  return [
    ['sh', '-c', 'echo "$1" > /proc/sys/kernel/hostname', 'sh', name],
    ...OWN_DIRECTORIES.map((path) => ['mount', '--bind', hostPathOf(nodeDirectory, path), path]),
    // Volumes with mount propagation, and the network namespaces of pods, need shared mounts inside the node.
    ['mount', '--make-rshared', '/'],
    ['ip', 'link', 'set', 'lo', 'up'],
    // Bridge filtering is missing where the kernel has it as a module that is not loaded: the rest works without it.
    ...Object.entries(NODE_SYSCTLS).map(([key, value]) => ['sh', '-c', 'test ! -e "$1" || echo "$2" > "$1"', 'sh', sysctlFile(key), value]),
  ];
}

/** Lines of `ip -batch` inside the nodes' switch. The node's end is called `node` until it is inside of the node. */
export function plugIntoSwitch({ port, holderPid }: { port: string; holderPid: number }): string[] {
  return [`link add name ${port} type veth peer name eth0 netns ${holderPid}`, `link set ${port} master switch`, `link set ${port} up`];
}

export interface Uplink {
  readonly ip: string;
  readonly prefixLength: number;
  readonly gateway: string;
  /** Of clusters that have IPv6 too. */
  readonly ip6?: { readonly ip: string; readonly prefixLength: number; readonly gateway: string };
}

/** Lines of `ip -batch` inside the node. */
export function configureUplink({ ip, prefixLength, gateway, ip6 }: Uplink): string[] {
  const lines = [`address replace ${ip}/${prefixLength} dev eth0`, 'link set eth0 up', `route replace default via ${gateway} dev eth0`];
  // Nobody else has the address: to look for others would only take a second.
  if (ip6) lines.push(`address replace ${ip6.ip}/${ip6.prefixLength} dev eth0 nodad`, `route replace default via ${ip6.gateway} dev eth0`);
  return lines;
}

export interface HostRules {
  readonly table: string;
  readonly link: string;
  readonly range: string;
  /** Whether nodes and pods may reach what lies beyond this machine; in IPv6 they never do. */
  readonly outbound: boolean;
}

/** The host's nftables script: traffic of the nodes leaves the machine under the host's address, or not at all. */
export function hostRules({ table, link, range, outbound }: HostRules): string {
  return `add table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ${outbound ? `iifname "${link}" oifname != "${link}" ct state established,related accept` : `iifname "${link}" oifname != "${link}" reject with icmp admin-prohibited`}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ${outbound ? `ip saddr ${range} oifname != { "${link}", "lo" } masquerade` : ''}
  }
}
add table ip6 ${table}
delete table ip6 ${table}
table ip6 ${table} {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "${link}" oifname != "${link}" reject with icmpv6 admin-prohibited
  }
}
`;
}
