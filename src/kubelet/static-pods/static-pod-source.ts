import { watch } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { ManifestError, parseManifest } from './manifest.ts';

/** Changes come in bursts, and some file systems tell of none. */
const SETTLE_MS = 100;
const RESCAN_MS = 20_000;

/** Follows a folder of manifests: `onPods` gets all its pods, at first and after each change. Ends with the signal. */
export async function followManifests(
  options: { folder: string; nodeName: string; clock: Clock; logger: Logger; onPods: (pods: readonly Pod[]) => void },
  signal: AbortSignal,
): Promise<void> {
  const { folder, clock, onPods } = options;
  await mkdir(folder, { recursive: true });
  let changed = Promise.withResolvers<void>();
  const watcher = watch(folder, () => changed.resolve());
  watcher.on('error', () => changed.resolve());
  signal.addEventListener('abort', () => changed.resolve(), { once: true });
  try {
    while (!signal.aborted) {
      onPods(await readManifests(options));
      using _rescan = clock.after(RESCAN_MS, () => changed.resolve());
      await changed.promise;
      changed = Promise.withResolvers<void>();
      await clock.sleep(SETTLE_MS, signal);
    }
  } finally {
    watcher.close();
  }
}

async function readManifests({ folder, nodeName, clock, logger }: { folder: string; nodeName: string; clock: Clock; logger: Logger }): Promise<Pod[]> {
  const pods: Pod[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (name.startsWith('.') || !/\.(ya?ml|json)$/.test(name)) continue;
    const path = join(folder, name);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue; // gone between the two reads
    try {
      pods.push(parseManifest(text, { nodeName, path, seenMs: clock.now() }));
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      logger.error('a static pod cannot be read', { error: error.message });
    }
  }
  return pods;
}
