/**
 * Runs tests on a machine with control groups version 2 where this one has version 1: `npm run test:cgroup2 -- [path part ...]`, without one the
 * tests of control groups. The machine is emulated (QEMU, no KVM needed, some twenty times slower than this one), runs Debian's kernel, and sees
 * this machine's files with a layer of its own over them. Needs root and Debian packages that it names when they are missing.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(tmpdir(), 'kubets-cgroup2-machine');
const parts = process.argv.slice(2);
/** Emulation is slow; tests wait that much longer. */
const PATIENCE = 20;
const MINUTES = 30;

const PROGRAMS = { 'qemu-system-x86': 'qemu-system-x86_64', 'busybox-static': 'busybox', kmod: '/sbin/modprobe', cpio: 'cpio', apt: 'apt-get' };
const missing = Object.entries(PROGRAMS).flatMap(([name, program]) => (spawnSync(program, ['--help']).error ? [name] : []));
if (missing.length > 0 || process.getuid?.() !== 0) {
  console.error(missing.length > 0 ? `not installed: install them with: apt-get install -y --no-install-recommends ${missing.join(' ')}` : 'this needs root');
  process.exit(1);
}

const run = (file: string, args: readonly string[], cwd = folder): string => execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** Debian's kernel with its modules, under `kernel/`; gives its version. */
function fetchKernel(): string {
  const kernel = join(folder, 'kernel');
  if (!existsSync(join(kernel, 'lib', 'modules'))) {
    const name = /Depends: (linux-image-\S+)/.exec(run('apt-cache', ['depends', 'linux-image-amd64']))?.[1] ?? '';
    console.log(`fetching ${name} ...`);
    run('apt-get', ['download', '-qq', name]);
    const archive = readdirSync(folder).find((file) => file.startsWith(name) && file.endsWith('.deb')) ?? '';
    run('dpkg', ['-x', archive, kernel]);
  }
  const [version = ''] = readdirSync(join(kernel, 'lib', 'modules'));
  run('/sbin/depmod', ['-b', kernel, version]);
  return version;
}

/** What the kernel starts: it puts the machine's file system together and goes over to it. */
const INIT = `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /lower /rw /root
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in /modules/*; do insmod $module; done
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro host /lower
mount -t tmpfs -o size=3G rw /rw; mkdir -p /rw/up /rw/work
mount -t overlay -o lowerdir=/lower,upperdir=/rw/up,workdir=/rw/work over /root
mkdir -p /root/proc /root/sys /root/dev /root/lib/modules
mount -t proc proc /root/proc; mount -t sysfs sys /root/sys; mount -t devtmpfs dev /root/dev
mkdir -p /root/dev/pts /root/dev/shm; mount -t devpts -o ptmxmode=666 pts /root/dev/pts; mount -t tmpfs shm /root/dev/shm
mount -t cgroup2 none /root/sys/fs/cgroup
mount -t tmpfs -o size=3G tmp /root/tmp; mount -t tmpfs run /root/run
mount --bind /lower${folder}/kernel/lib/modules /root/lib/modules
# What lies under /tmp is hidden by the machine's own.
for seen in ${root} ${folder}; do mkdir -p /root$seen; mount --bind /lower$seen /root$seen; done
exec switch_root /root /bin/sh ${folder}/tests.sh
`;

/** No process may be in a group that has groups below it with controllers. */
const TESTS = `export HOME=/root PATH=${root}node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export CI=1 KUBETS_TEST_PATIENCE=${PATIENCE}
ip link set lo up; hostname emulated; sysctl -qw net.ipv4.ip_forward=1
mkdir /sys/fs/cgroup/init; echo $$ > /sys/fs/cgroup/init/cgroup.procs
for one in $(cat /sys/fs/cgroup/cgroup.controllers); do echo +$one > /sys/fs/cgroup/cgroup.subtree_control; done
echo "kernel $(uname -r), control groups version 2: $(cat /sys/fs/cgroup/cgroup.subtree_control)"
cd ${root}
node scripts/test.ts integration ${(parts.length > 0 ? parts : ['kubelet/control-groups']).join(' ')}
echo "the tests ended with $?"
echo o > /proc/sysrq-trigger; read -r _ < /dev/zero
`;

function makeInitialFiles(version: string): void {
  const files = join(folder, 'initial');
  rmSync(files, { recursive: true, force: true });
  mkdirSync(join(files, 'bin'), { recursive: true });
  mkdirSync(join(files, 'modules'));
  copyFileSync(run('which', ['busybox']).trim(), join(files, 'bin', 'busybox'));
  const listed = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'].flatMap((name) => run('/sbin/modprobe', ['-d', join(folder, 'kernel'), '-S', version, '--show-depends', name]).split('\n'));
  const modules = [...new Set(listed.filter((line) => line.startsWith('insmod')).map((line) => line.split(' ')[1] ?? ''))];
  for (const [index, file] of modules.entries()) copyFileSync(file, join(files, 'modules', `${String(index).padStart(2, '0')}-${basename(file)}`));
  writeFileSync(join(files, 'init'), INIT);
  chmodSync(join(files, 'init'), 0o755);
  run('sh', ['-c', 'find . | cpio --quiet -o -H newc | gzip > ../initial.gz'], files);
}

mkdirSync(folder, { recursive: true });
const version = fetchKernel();
makeInitialFiles(version);
writeFileSync(join(folder, 'tests.sh'), TESTS);
const machine = spawn('qemu-system-x86_64', [
  '-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '6G', '-nographic', '-no-reboot', '-nic', 'none',
  '-kernel', join(folder, 'kernel', 'boot', `vmlinuz-${version}`), '-initrd', join(folder, 'initial.gz'), '-append', 'console=ttyS0 quiet panic=-1 mitigations=off',
  '-virtfs', 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap',
], { stdio: ['ignore', 'pipe', 'inherit'], timeout: MINUTES * 60_000 });
let said = '';
machine.stdout.setEncoding('utf8').on('data', (text: string) => {
  said += text;
  process.stdout.write(text);
});
await once(machine, 'close');
process.exit(said.includes('the tests ended with 0') ? 0 : 1);
