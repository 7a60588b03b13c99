import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

async function lines(file: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await run(file, args);
  return stdout.split('\n').map((line) => line.trim()).filter(Boolean);
}

/** What the cluster `name` could leave on the machine: links, routes, rules, mounts, control groups, and processes in namespaces of their own. */
export async function machineTraces(): Promise<string[]> {
  const links = (await lines('ip', '-o', 'link')).map((line) => `link ${line.split(':')[1]?.trim()}`);
  const routes = (await lines('ip', 'route', 'show', 'table', 'all')).map((line) => `route ${line}`);
  const tables = (await lines('nft', 'list', 'tables')).map((line) => `rules ${line}`);
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter(Boolean).map((line) => `mount ${line.split(' ')[4]}`);
  return [...links, ...routes, ...tables, ...mounts, ...(await controlGroups()), ...(await namespaces())];
}

async function controlGroups(): Promise<string[]> {
  const found: string[] = [];
  for (const hierarchy of await readdir('/sys/fs/cgroup')) {
    for (const entry of await readdir(`/sys/fs/cgroup/${hierarchy}`, { withFileTypes: true }).catch(() => [])) {
      if (entry.isDirectory()) found.push(`cgroup ${hierarchy}/${entry.name}`);
    }
  }
  return found;
}

/** Every network namespace that some process is in. */
async function namespaces(): Promise<string[]> {
  const found = new Set<string>();
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    // The process may have ended since the folder was listed.
    const name = await readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
    if (name) found.add(`namespace ${name}`);
  }
  return [...found];
}
