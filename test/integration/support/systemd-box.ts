import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { patient } from '../../support/patience.ts';

const PROGRAM = ['/lib/systemd/systemd', '/usr/lib/systemd/systemd'].find((path) => existsSync(path));

/** Whether a systemd is here that could be started; it need not run. */
export const hasSystemd: boolean = PROGRAM !== undefined && process.platform === 'linux' && process.getuid?.() === 0;

/** In a control group of its own, seen as the root of each hierarchy from a namespace, a systemd that has nothing to start. */
const START = `set -e
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*/; do
  [ -e $hierarchy/cgroup.procs ] || continue
  mkdir -p $hierarchy/$GROUP
  [ -e $hierarchy/$GROUP/cpuset.mems ] && { cat $hierarchy/cpuset.cpus > $hierarchy/$GROUP/cpuset.cpus; cat $hierarchy/cpuset.mems > $hierarchy/$GROUP/cpuset.mems; }
  echo $$ > $hierarchy/$GROUP/cgroup.procs
done
exec unshare --mount --pid --fork --cgroup --uts --kill-child sh -ec '
mount --make-rslave /
printf "%s\\n" "$(cat /proc/self/mounts)" | while read -r _ path type options _; do
  case $type in cgroup|cgroup2) ;; *) continue ;; esac
  own=$(printf %s "$options" | tr , "\\n" | grep -vxE "rw|ro|nosuid|nodev|noexec|relatime|nsdelegate|memory_recursiveprot" | paste -sd, -)
  case $own in name=*) own=none,$own ;; esac
  umount $path
  mount -t $type \${own:+-o $own} $type $path
done
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/units
printf "[Unit]\\nDescription=Nothing\\n" > /run/units/nothing.target
export container=kubets SYSTEMD_UNIT_PATH=/run/systemd/system.control:/run/systemd/transient:/run/units
exec $PROGRAM --system --unit=nothing.target --log-target=console --show-status=no'
`;

/** A systemd that is the first process of its own namespaces. */
export interface SystemdBox extends AsyncDisposable {
  readonly pid: number;
  /** Where it takes calls, seen from here. */
  readonly socket: string;
  /** Its units, by name. */
  units(): string;
  /** From then on nobody takes calls. */
  hangUp(): Promise<void>;
}

/** systemd hears only processes that it can see: this one is in its namespace, and hands on what it is sent. */
const RELAY = `import { connect, createServer } from 'node:net';
createServer((client) => {
  const systemd = connect('/run/systemd/private');
  client.on('error', () => systemd.destroy()).on('close', () => systemd.destroy()).pipe(systemd);
  systemd.on('error', () => client.destroy()).on('close', () => client.destroy()).pipe(client);
}).listen(process.argv[1]);`;

/** `group`: the control group that it takes for the root; it stays, empty. `folder`: for a socket. */
export async function startSystemd(group: string, folder: string): Promise<SystemdBox> {
  const child = spawn('sh', ['-c', START], { env: { ...process.env, GROUP: group, PROGRAM }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece.toString('utf8')));
  const end = performance.now() + patient(120_000);
  for (;;) {
    const pid = childOf(child);
    if (pid !== undefined && existsSync(`/proc/${pid}/root/run/systemd/private`)) return boxOf(child, pid, folder);
    if (child.exitCode !== null || performance.now() > end) {
      child.kill('SIGKILL');
      throw new Error(`systemd did not start: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Undefined: it has none, or has ended. */
function childOf({ pid }: ChildProcess): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]) || undefined;
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return undefined;
  }
}

async function boxOf(child: ChildProcess, pid: number, folder: string): Promise<SystemdBox> {
  const socket = join(folder, 'systemd.sock');
  const relay = spawn('nsenter', ['-t', String(pid), '--mount', '--pid', process.execPath, '--input-type=module', '--eval', RELAY, socket], { stdio: 'inherit' });
  while (!existsSync(socket)) {
    if (relay.exitCode !== null || relay.signalCode !== null) throw new Error('the relay to systemd ended');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const hungUp = once(relay, 'exit');
  const hangUp = async (): Promise<void> => {
    // What nsenter has started; it ends with that itself.
    const started = relay.exitCode === null && relay.signalCode === null ? childOf(relay) : undefined;
    if (started !== undefined) process.kill(started, 'SIGKILL');
    await hungUp;
    await rm(socket, { force: true });
  };
  return {
    pid, socket,
    units: () => spawnSync('nsenter', ['-t', String(pid), '--mount', '--pid', 'systemctl', 'list-units', '--no-pager', '--plain', '--no-legend'], { encoding: 'utf8' }).stdout,
    hangUp,
    async [Symbol.asyncDispose]() {
      await hangUp();
      const ended = once(child, 'exit');
      // With the first process of its namespace go all others.
      process.kill(pid, 'SIGKILL');
      await ended;
    },
  };
}

/** A program that runs containerd beside that systemd, with its control groups made by it. */
export async function containerdBeside(box: SystemdBox, folder: string): Promise<string> {
  const path = join(folder, 'containerd-beside-systemd');
  const lines = ['#!/bin/sh', `[ "$1" = --config ] && sed -i 's/SystemdCgroup = false/SystemdCgroup = true/' "$2"`, `exec nsenter -t ${box.pid} --mount --pid --uts containerd "$@"`];
  await writeFile(path, `${lines.join('\n')}\n`);
  await chmod(path, 0o755);
  return path;
}
