import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { untilAborted } from '../../base/lifecycle.ts';

/** Holds a shutdown up until it is disposed. */
export type InhibitorLock = AsyncDisposable;

const LOCK = ['--what=shutdown', '--mode=delay', '--who=kubelet', '--why=Kubelet needs time to handle node shutdown'];
/** Tells that it holds the lock, and lets go of it when its input ends, as it does too when the agent is killed. */
const HOLD = ['sh', '-c', 'echo held; exec cat > /dev/null'];

/**
 * Takes a lock of logind. It is a file descriptor, which Node.js cannot be given: systemd-inhibit(1) holds it. Rejects with what that says when
 * logind gives none.
 */
export async function inhibitShutdown(busSocket: string, signal: AbortSignal): Promise<InhibitorLock> {
  const child = spawn('systemd-inhibit', [...LOCK, ...HOLD], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${busSocket}` } });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString('utf8')));
  child.stdin.on('error', () => undefined); // it ended by itself
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  const lock: InhibitorLock = {
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
  try {
    const failed = ended.then(() => Promise.reject(new Error(`systemd-inhibit holds no lock: ${said.trim()}`)));
    await untilAborted(Promise.race([once(child.stdout, 'data'), failed]), signal);
    return lock;
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}
