/** What differs between nodes in the configuration of their containerd. */
export interface ContainerdOptions {
  /** Images and snapshots; kept over restarts. */
  readonly rootDir: string;
  /** Shims and their sockets; lost with the machine. Keep it short: a socket's path has at most 107 bytes. */
  readonly stateDir: string;
  readonly socketPath: string;
  readonly sandboxImage: string;
  readonly cniConfDir: string;
  readonly cniBinDirs: readonly string[];
  /** Holds `<registry>/hosts.toml` files; undefined: registries are asked directly. */
  readonly registryConfigDir?: string;
}

/** What the machine can do; see `detectHostFacts`. */
export interface HostFacts {
  /** `1.6.20`, from `containerd --version`. */
  readonly containerdVersion: string;
  /** CAP_SYS_RESOURCE: without it a negative oom_score_adj cannot be set, and every sandbox would fail. */
  readonly maySetNegativeOomScore: boolean;
  readonly hasAppArmor: boolean;
}

/** Not needed on a node of ours; each costs memory, start-up time, or both. */
const UNUSED_PLUGINS = [
  'io.containerd.snapshotter.v1.aufs', 'io.containerd.snapshotter.v1.btrfs', 'io.containerd.snapshotter.v1.devmapper', 'io.containerd.snapshotter.v1.zfs',
  'io.containerd.snapshotter.v1.blockfile', 'io.containerd.snapshotter.v1.erofs', 'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.internal.v1.tracing', 'io.containerd.nri.v1.nri', 'io.containerd.differ.v1.erofs',
];

/** The text of containerd's `config.toml`: version 2 of the format for containerd 1.x, version 3 for 2.x. */
export function containerdConfig(options: ContainerdOptions, host: HostFacts): string {
  const major = Number(host.containerdVersion.split('.')[0]);
  return major >= 2 ? configVersion3(options, host) : configVersion2(options, host);
}

/**
 * The text of a `hosts.toml`: the registry at `url` is asked first. `version`: of the containerd that reads it. Those before 2.0 cannot read a table whose name has brackets,
 * as addresses of IPv6 have them; those from 2.0 on see nothing but tables. Source: containerd, remotes/docker/config/hosts.go.
 */
export function registryHosts(url: string, version: string): string {
  const readsTables = Number(version.replace(/^v/, '').split('.')[0]) >= 2 || !url.includes('[');
  const capabilities = 'capabilities = ["pull", "resolve"]\n';
  return readsTables ? `[host.${quote(url)}]\n  ${capabilities}` : `host.${quote(url)}.${capabilities}`;
}

function common(options: ContainerdOptions, version: number): string {
  return `version = ${version}
root = ${quote(options.rootDir)}
state = ${quote(options.stateDir)}
disabled_plugins = [${UNUSED_PLUGINS.map(quote).join(', ')}]

[grpc]
  address = ${quote(options.socketPath)}

[ttrpc]
  address = ${quote(`${options.socketPath}.ttrpc`)}
`;
}

function configVersion2(options: ContainerdOptions, host: HostFacts): string {
  const [, minor = 0] = host.containerdVersion.split('.').map(Number);
  // 1.6 knows no device names; 2.0 looks them up unasked.
  const cdi = minor >= 7 ? '\n  enable_cdi = true\n  cdi_spec_dirs = ["/etc/cdi", "/var/run/cdi"]' : '';
  return `${common(options, 2)}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${quote(options.sandboxImage)}
  restrict_oom_score_adj = ${!host.maySetNegativeOomScore}
  disable_apparmor = ${!host.hasAppArmor}
  enable_selinux = false
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  max_concurrent_downloads = 3${cdi}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${quote(options.cniBinDirs[0] ?? '/opt/cni/bin')}
    conf_dir = ${quote(options.cniConfDir)}
    max_conf_num = 1
${registrySection(options, 'io.containerd.grpc.v1.cri')}`;
}

function configVersion3(options: ContainerdOptions, host: HostFacts): string {
  const [major = 0, minor = 0] = host.containerdVersion.split('.').map(Number);
  const binDirs = `[${options.cniBinDirs.map(quote).join(', ')}]`;
  // bin_dirs came with 2.1; 2.0 knows one folder only.
  const cniBins = major > 2 || minor >= 1 ? `bin_dirs = ${binDirs}` : `bin_dir = ${quote(options.cniBinDirs[0] ?? '/opt/cni/bin')}`;
  return `${common(options, 3)}
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  max_concurrent_downloads = 3
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = ${quote(options.sandboxImage)}
${registrySection(options, 'io.containerd.cri.v1.images')}
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = ${!host.maySetNegativeOomScore}
  disable_apparmor = ${!host.hasAppArmor}
  enable_selinux = false
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true

  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        SystemdCgroup = false

  [plugins."io.containerd.cri.v1.runtime".cni]
    ${cniBins}
    conf_dir = ${quote(options.cniConfDir)}
    max_conf_num = 1

[plugins."io.containerd.grpc.v1.cri"]
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
`;
}

function registrySection(options: ContainerdOptions, plugin: string): string {
  if (options.registryConfigDir === undefined) return '';
  return `
  [plugins.${quote(plugin)}.registry]
    config_path = ${quote(options.registryConfigDir)}
`;
}

/** A basic string of TOML. */
function quote(text: string): string {
  return JSON.stringify(text);
}
