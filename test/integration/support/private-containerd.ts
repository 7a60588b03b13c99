import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { SystemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { buildBusyboxImage, buildPauseImage, Containerd, CriRuntime, PAUSE_IMAGE } from '../../../src/runtime/index.ts';
import { until } from '../../support/until.ts';

export const BUSYBOX = 'registry.test/busybox:1';
/**
 * A folder with the programs of another release of containerd than the machine's (containerd, its shim, ctr), to run these tests on: `KUBETS_TEST_CONTAINERD`.
 * They come first on PATH, or an older shim of the machine is taken.
 */
const otherRelease = process.env.KUBETS_TEST_CONTAINERD;
if (otherRelease) process.env.PATH = `${otherRelease}:${process.env.PATH}`;

const NEVER = new AbortController().signal;

/** Why no containers can run here, or undefined. With CI set a reason is an error, so that nothing is skipped unseen. */
export function cannotRunContainers(): string | undefined {
  const reason = findReason();
  if (reason !== undefined && process.env.CI) throw new Error(`containers cannot run here: ${reason}`);
  return reason;
}

function findReason(): string | undefined {
  if (process.platform !== 'linux') return 'containers need Linux';
  if (process.getuid?.() !== 0) return 'containers need root';
  for (const program of ['containerd', 'runc', 'ctr']) {
    if (spawnSync(program, ['--version']).error) return `${program} is not installed`;
  }
  return undefined;
}

export interface PrivateContainerd extends AsyncDisposable {
  readonly root: string;
  readonly socketPath: string;
  readonly runtime: CriRuntime;
  readonly containerd: Containerd;
}

/** A containerd with everything of its own under one folder: pods get addresses of a range of this process's own on veth pairs that go with them. */
export async function startPrivateContainerd(binary?: string): Promise<PrivateContainerd> {
  const clock = new SystemClock();
  const root = await mkdtemp('/tmp/kt-');
  await chmod(root, 0o711); // pods with users of their own pass through it
  const stateDir = join(root, 's');
  const cniConfDir = join(root, 'cni');
  await mkdir(cniConfDir, { recursive: true });
  await writeFile(join(cniConfDir, '10-test.conflist'), JSON.stringify({
    cniVersion: '0.4.0', name: 'test',
    plugins: [{ type: 'ptp', ipam: { type: 'host-local', dataDir: join(root, 'ipam'), ranges: [[{ subnet: ownRange(process.pid) }]], routes: [{ dst: '0.0.0.0/0' }] } },
      { type: 'portmap', capabilities: { portMappings: true } }],
  }));
  const containerd = new Containerd({
    clock, logger: silentLogger, rootDir: join(root, 'r'), stateDir, socketPath: join(stateDir, 'containerd.sock'), sandboxImage: PAUSE_IMAGE,
    cniConfDir, cniBinDirs: ['/usr/lib/cni'], ...(binary !== undefined && { binary }), logPath: join(root, 'containerd.log'),
  });
  try {
    await containerd.start(NEVER);
    const archives = { 'pause.tar': buildPauseImage(), 'busybox.tar': buildBusyboxImage({ references: [BUSYBOX] }) };
    await Promise.all(Object.entries(archives).map(async ([name, archive]) => {
      await writeFile(join(root, name), await archive);
      await containerd.loadImages(join(root, name), NEVER);
    }));
  } catch (error) {
    console.error(await readFile(join(root, 'containerd.log'), 'utf8').catch(() => ''));
    throw error;
  }
  const runtime = await CriRuntime.connect({ socketPath: containerd.socketPath, clock });
  // CRI hears of imported images only afterwards.
  for (const image of [PAUSE_IMAGE, BUSYBOX]) await until(`CRI has ${image}`, () => runtime.imageStatus({ image }, NEVER));
  return {
    root, socketPath: containerd.socketPath, runtime, containerd,
    async [Symbol.asyncDispose]() {
      const sandboxes = await runtime.listPodSandbox(undefined, NEVER);
      await Promise.all(sandboxes.map(async ({ id }) => {
        await runtime.stopPodSandbox(id, NEVER);
        await runtime.removePodSandbox(id, NEVER);
      }));
      await runtime[Symbol.asyncDispose]();
      await containerd[Symbol.asyncDispose]();
      await endShims(containerd.socketPath);
      await removeTree(root);
    },
  };
}

/** Of calls that were under way when a kubelet was ended, containerd 1.6 may leave shims of which it knows nothing: a machine's end would be theirs. */
async function endShims(socketPath: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (!words[0]?.includes('containerd-shim') || !words.includes(socketPath)) continue;
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).split(' ').filter(Boolean);
    for (const one of [...children, pid]) {
      try {
        process.kill(Number(one), 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended meanwhile
      }
    }
  }
}

/** Of 4,096 ranges: tests run beside each other, and the host has a route to each pod. */
function ownRange(pid: number): string {
  return `10.${208 + ((pid >> 8) % 16)}.${pid % 256}.0/24`;
}

/** Unmounts what is left under a folder, deepest first, and removes it. */
async function removeTree(root: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '').filter((path) => path.startsWith(`${root}/`));
  for (const mount of mounts.sort().reverse()) spawnSync('umount', ['-l', mount]);
  await rm(root, { recursive: true, force: true });
}
