import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What is locked: where most of those directories are, the same for all clusters of the machine. A lock on a directory leaves no file behind. */
const LOCKED = '/var/lib';

/**
 * Runs `work` while directories that nodes mount on stay as they are (`shared`: several at a time), or while nobody else makes nodes of this machine
 * (`exclusive`: to remove directories that nobody mounts on). Ends with this process, however that ends.
 */
export async function withDirectoryLock<T>(kind: 'shared' | 'exclusive', work: () => Promise<T>): Promise<T> {
  // The kernel's lock on the file is the child's, which lives until this end of its input is closed.
  const child = spawn('flock', [kind === 'shared' ? '-s' : '-x', LOCKED, 'sh', '-c', 'echo locked; exec cat'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  try {
    const isLocked = await Promise.race([once(child.stdout, 'data').then(() => true), exited.then(() => false)]);
    if (!isLocked) throw new Error(`cannot lock ${LOCKED}: ${err.trim()}`);
    return await work();
  } finally {
    child.stdin.end();
    await exited.catch(() => undefined);
  }
}
