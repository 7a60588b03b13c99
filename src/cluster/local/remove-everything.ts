import { readdir, rmdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { CommandError, Commands } from '../../base/commands.ts';
import { sysctlFile } from './machine-plan.ts';
import { withDirectoryLock } from './directory-lock.ts';
import { findHolders, holderLabel } from './namespace-holder.ts';
import { clearMachine, KILL_TIMEOUT_MS } from './machine.ts';
import { isThere, removeLink } from './network.ts';
import { allProcesses, killAll, mountInfo, namespaceOf } from './processes.ts';
import { currentBootID, deleteRecord, type LocalRecord, readRecord } from './record.ts';

/**
 * Removes every trace of the local machines and the network recorded under `dataDir`, also after everything was killed: processes, namespaces,
 * links, mounts, cgroups, rules, routes, settings, directories mounted on. Files under `dataDir/nodes` stay. Safe to call twice.
 */
export async function removeEverything(dataDir: string, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  const record = await readRecord(dataDir);
  if (!record) return;
  const host = new Commands();
  const sameBoot = record.bootID === (await currentBootID());
  if (sameBoot) {
    for (const machine of record.machines) await clearMachine(machine, resolve(dataDir), { clock, signal });
    await killAll(() => findHolders((label) => label.startsWith(holderLabel(resolve(dataDir), ''))), { clock, timeoutMs: KILL_TIMEOUT_MS, signal });
    await removeHostNetwork(host, record);
    for (const [name, value] of Object.entries(record.sysctls)) await writeFile(sysctlFile(name), value);
  }
  if (record.directories.length > 0) await withDirectoryLock('exclusive', () => removeUnusedDirectories(record.directories));
  await deleteRecord(dataDir);
  if (sameBoot) await waitForNamespaces(host, record, clock, signal);
}

async function removeHostNetwork(host: Commands, record: LocalRecord): Promise<void> {
  await removeLink(host, record.link);
  await host.nft(['ip', 'ip6'].map((family) => `add table ${family} ${record.link}\ndelete table ${family} ${record.link}\n`).join(''));
  for (const route of record.routes) {
    try {
      await host.run(['ip', 'route', 'del', ...route.split(' ')]);
    } catch (error) {
      if (!(error instanceof CommandError) || !error.stderr.includes('No such process')) throw error; // it was never made
    }
  }
}

/** The kernel takes a network namespace down some time after its last process: its links go last. */
async function waitForNamespaces(host: Commands, record: LocalRecord, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.monotonic() + 5000;
  while ((await isThere(`/sys/class/net/${record.link}`)) && clock.monotonic() < deadline) await clock.sleep(10, signal);
  await removeLink(host, record.link);
}

/** Removing a directory takes away what another cluster has mounted on it in its own namespace: what is mounted on anywhere stays. */
async function removeUnusedDirectories(directories: readonly string[]): Promise<void> {
  const mountedOn = await mountPointsOfAllProcesses();
  for (const directory of directories.toReversed()) {
    if (mountedOn.has(directory) || !(await isThere(directory)) || (await readdir(directory)).length > 0) continue;
    await rmdir(directory);
  }
}

async function mountPointsOfAllProcesses(): Promise<Set<string>> {
  const seen = new Set<string>();
  const mountPoints = new Set<string>();
  for (const pid of await allProcesses()) {
    const namespace = await namespaceOf(pid, 'mnt');
    if (namespace === undefined || seen.has(namespace)) continue;
    seen.add(namespace);
    for (const { mountPoint } of (await mountInfo(pid)) ?? []) mountPoints.add(mountPoint);
  }
  return mountPoints;
}
