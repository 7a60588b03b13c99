import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Loads an archive into the images that CRI sees (containerd's namespace `k8s.io`), unpacked, so that the first container need not wait for that. */
export async function importImages(socketPath: string, archivePath: string, signal: AbortSignal): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ctr', ['--address', socketPath, '--namespace', 'k8s.io', 'images', 'import', archivePath], { signal });
  // unpacking registry.k8s.io/pause:3.10 (sha256:...)...done
  return [...stdout.matchAll(/^unpacking (\S+)/gm)].map((match) => match[1] ?? '');
}
