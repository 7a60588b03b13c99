import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPauseImage, Containerd, CriRuntime, PAUSE_IMAGE, registryHosts, type ContainerRuntime } from '../runtime/index.ts';
import { detectMachine, whyNoContainers } from './local/detect.ts';
import type { ClusterTools } from './tools.ts';

export interface NodeContainerdOptions {
  /** `unix:///run/containerd/containerd.sock`: one that somebody else runs. undefined: the agent runs its own. */
  readonly endpoint: string | undefined;
  readonly dataDir: string;
  readonly stateDir: string;
  readonly cniConfDir: string;
}

/** So long a runtime of somebody else's is waited for. */
const ANSWER_MS = 5000;
const RETRY_MS = 200;

/** The node's container runtime, with the sandbox image in it. Throws, with the line that installs what is missing. */
export async function startContainerd(options: NodeContainerdOptions, tools: ClusterTools, signal: AbortSignal): Promise<{ runtime: ContainerRuntime; parts: AsyncDisposable[] }> {
  const { clock, logger } = tools;
  if (options.endpoint !== undefined) {
    const runtime = await CriRuntime.connect({ socketPath: options.endpoint.replace(/^unix:\/\//, ''), clock });
    await untilItAnswers(runtime, options.endpoint, tools, signal);
    return { runtime, parts: [runtime] };
  }
  const facts = await detectMachine();
  const why = whyNoContainers(facts);
  if (why !== undefined) throw new Error(`containers cannot run here: ${why}`);
  const { dataDir, stateDir } = options;
  const socketPath = join(stateDir, 'containerd.sock');
  const containerd = new Containerd({
    clock,
    logger,
    rootDir: join(dataDir, 'containerd'),
    stateDir,
    socketPath,
    sandboxImage: PAUSE_IMAGE,
    cniConfDir: options.cniConfDir,
    cniBinDirs: [facts.cniDirectory ?? '/opt/cni/bin'],
    registryConfigDir: registryFolder(dataDir),
    logPath: join(dataDir, 'containerd.log'),
  });
  await containerd.start(signal);
  await loadPauseImage(containerd, dataDir, signal);
  const runtime = await CriRuntime.connect({ socketPath, clock });
  return { runtime, parts: [containerd, runtime] };
}

/** A runtime that starts with the machine may need a moment. Throws Error, with what to do, when nothing answers in that time. */
async function untilItAnswers(runtime: CriRuntime, endpoint: string, { clock }: ClusterTools, signal: AbortSignal): Promise<void> {
  const end = clock.monotonic() + ANSWER_MS;
  for (;;) {
    try {
      await runtime.version(signal);
      await runtime.status(signal); // fails until it has recovered what it ran before
      return;
    } catch (error) {
      if (signal.aborted) throw error;
      if (clock.monotonic() > end) {
        await runtime[Symbol.asyncDispose]();
        throw new Error(`no container runtime answers at ${endpoint}: start it, or leave --container-runtime-endpoint out and the agent runs its own containerd (${(error as Error).message})`, { cause: error });
      }
    }
    await clock.sleep(RETRY_MS, signal);
  }
}

/** Where containerd looks up registries: `hosts.toml` in a folder for each, or in `_default`. */
export function registryFolder(dataDir: string): string {
  return join(dataDir, 'registries');
}

/** Has containerd, of this version, ask the cluster's registry first for every image. */
export async function useRegistry(dataDir: string, url: string, version: string): Promise<void> {
  const folder = join(registryFolder(dataDir), '_default');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'hosts.toml'), registryHosts(url, version));
}

async function loadPauseImage(containerd: Containerd, dataDir: string, signal: AbortSignal): Promise<void> {
  const archive = join(dataDir, 'pause.tar');
  if (existsSync(archive)) return;
  await writeFile(`${archive}.new`, await buildPauseImage());
  await containerd.loadImages(`${archive}.new`, signal);
  await writeFile(archive, '');
}
