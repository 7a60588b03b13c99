/**
 * Makes a fresh machine ready: system packages, then npm packages. Plain JavaScript for any Node from 20 on, since it runs before the project's own
 * Node is there. Running it again takes a fraction of a second. Exports what `start.mjs` and `test-all.mjs` call.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const projectNode = join(root, 'node_modules', '.bin', 'node');

/** What nodes that run containers need: the Debian package and a program, library or file that it brings. The first is for the project's own Node. */
const RUNTIME_PACKAGES = [
  ['libatomic1', 'libatomic.so.1'],
  ['containerd', 'containerd'], ['runc', 'runc'], ['containernetworking-plugins', '/usr/lib/cni/bridge'], ['nftables', 'nft'], ['iptables', 'iptables'],
  ['iproute2', 'ip'], ['conntrack', 'conntrack'], ['busybox-static', 'busybox'], ['util-linux', 'nsenter'], ['mount', 'mount'], ['e2fsprogs', 'mkfs.ext4'],
];
/** What the tests need besides. */
const TEST_PACKAGES = [['etcd-server', 'etcd'], ['openssl', 'openssl'], ['kubernetes-client', 'kubectl'], ['curl', 'curl']];

function has(programOrFile) {
  if (programOrFile.startsWith('/')) return existsSync(programOrFile);
  if (programOrFile.includes('.so.')) return hasLibrary(programOrFile);
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, programOrFile), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Where nothing lists the libraries (musl has no such cache) the loader itself will say what is missing. */
function hasLibrary(name) {
  const { stdout, status } = spawnSync('ldconfig', ['-p'], { encoding: 'utf8', env: { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/sbin${delimiter}/sbin` } });
  return status !== 0 || stdout.includes(name);
}

function run(file, args, options = {}) {
  const result = spawnSync(file, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

/** Installs the npm packages of the lock file, unless they are there. */
export function installNpmPackages() {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && existsSync(projectNode) && sameVersions(lock, installed)) return;
  console.log('Installing npm packages ...');
  // Not "npm ci": it refuses a lock without the optional packages of other platforms, which some registries do not carry.
  const status = run('npm', ['install', '--no-save', '--no-audit', '--no-fund']);
  if (status !== 0) fail('npm install failed: its messages above say why');
}

function sameVersions(lockFile, installedFile) {
  const versions = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  const installed = versions(installedFile);
  return Object.entries(versions(lockFile)).every(([path, one]) => path === '' || one.optional || installed[path]?.version === one.version);
}

/** Installs what is missing with apt when it can; else says the one line that does. */
export function installSystemPackages({ forTests }) {
  const wanted = forTests ? [...RUNTIME_PACKAGES, ...TEST_PACKAGES] : RUNTIME_PACKAGES;
  const missing = wanted.filter(([, probe]) => !has(probe)).map(([name]) => name);
  if (missing.length === 0) return;
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  console.log(`System packages needed and not there: ${missing.join(', ')}`);
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !has('apt-get')) {
    console.log(`Install them as root with: ${line}`);
    return;
  }
  console.log(`Installing them: ${line}`);
  // Debian starts a containerd of its own after installing it; the nodes bring theirs, so a policy keeps it from starting.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  run('apt-get', ['update', '-qq'], { env });
  if (run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env }) !== 0) fail(`could not install packages; try: ${line}`);
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Runs a script with the project's own Node and ends this process with its exit code when that is not 0. */
export function step(title, args, env = {}) {
  console.log(`\n== ${title}`);
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;
  const status = run(projectNode, args, { env: { ...process.env, PATH: path, ...env } });
  if (status !== 0) fail(`${title}: failed with exit code ${status}`);
}
