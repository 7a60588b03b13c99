import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** By what a cluster's traces are known among those of other clusters on the machine. */
export interface Marks {
  /** The host's end of the link to the nodes: also the name of the table of rules. */
  readonly link: string;
  /** The control group under which all of its nodes are. */
  readonly cgroup: string;
  readonly folder: string;
  /** The namespaces that its processes are in, as /proc/PID/ns names them. */
  readonly namespaces: readonly string[];
}

async function lines(file: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await run(file, args);
  return stdout.split('\n').map((line) => line.trim()).filter(Boolean);
}

/** What is on the machine of the cluster: links, routes, rules, mounts, control groups, and processes in its namespaces. */
export async function tracesOf({ link, cgroup, folder, namespaces }: Marks): Promise<string[]> {
  const links = (await lines('ip', '-o', 'link')).filter((line) => line.includes(link));
  const routes = (await lines('ip', 'route', 'show', 'table', 'all')).filter((line) => line.includes(link));
  const tables = (await lines('nft', 'list', 'tables')).filter((line) => line.includes(link));
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(folder));
  return [...links, ...routes, ...tables, ...mounts, ...(await controlGroups(cgroup)), ...(await processesIn(namespaces))];
}

async function controlGroups(name: string): Promise<string[]> {
  const found: string[] = [];
  for (const hierarchy of await readdir('/sys/fs/cgroup', { withFileTypes: true })) {
    if (!hierarchy.isDirectory()) continue;
    const groups = await readdir(`/sys/fs/cgroup/${hierarchy.name}`);
    if (groups.includes(name)) found.push(`cgroup ${hierarchy.name}/${name}`);
  }
  return found;
}

async function processesIn(namespaces: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    // The process may have ended since the folder was listed.
    const name = await readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
    if (name !== undefined && namespaces.includes(name)) found.push(`process ${pid} in ${name}`);
  }
  return found;
}

export async function namespaceOf(pid: number): Promise<string> {
  return readlink(`/proc/${pid}/ns/net`);
}
