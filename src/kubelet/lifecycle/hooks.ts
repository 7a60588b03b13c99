import { goQuote } from '../../apimachinery/go-quote.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, HTTPGetAction, LifecycleHandler, Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import { runtimeErrorText } from '../../runtime/index.ts';
import { podText } from '../pods/pod-reference.ts';
import { httpGet, isHttpAnswer, portOf } from './http-action.ts';

/** More of what a hook has said is not told. */
const MAX_OUTPUT = 1024;

export interface HookRun {
  readonly handler: DeepReadonly<LifecycleHandler>;
  readonly pod: DeepReadonly<Pod>;
  readonly container: DeepReadonly<Container>;
  readonly containerId: string;
  readonly podIP: string;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  /** HTTPS was asked for, and `host` (with its port) speaks HTTP, which did as well. */
  readonly onHttpFallback: (host: string) => void;
  readonly signal: AbortSignal;
}

/** Runs what a container wants run after its start or before its stop. Throws an Error whose message tells what went wrong. Source: pkg/kubelet/lifecycle, handlers. */
export async function runHook(run: HookRun): Promise<void> {
  const { handler, pod, container, clock, signal } = run;
  const where = `for Container "${container.name}" in Pod "${podText(pod)}" failed - error:`;
  if (handler.exec) await execHook([...(handler.exec.command ?? [])], where, run);
  else if (handler.httpGet) await telling(`HTTP lifecycle hook (${handler.httpGet.path ?? ''}) ${where}`, httpHook(handler.httpGet, run), signal);
  else if (handler.sleep) await clock.sleep(handler.sleep.seconds * 1000, signal);
}

async function execHook(command: readonly string[], where: string, { containerId, runtime, signal }: HookRun): Promise<void> {
  const prefix = `Exec lifecycle hook ([${command.join(' ')}]) ${where}`;
  const refused = (error: unknown): never => {
    if (signal.aborted) throw error;
    throw new Error(`${prefix} ${runtimeErrorText(error)}, message: ""`, { cause: error });
  };
  const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, 0, signal).catch(refused);
  if (exitCode === 0) return;
  const [output, complaint] = [stdout, stderr].map((bytes) => Buffer.from(bytes).toString('utf8').slice(0, MAX_OUTPUT)) as [string, string];
  throw new Error(`${prefix} command '${command.join(' ')}' exited with ${exitCode}: ${complaint}, message: ${goQuote(output + complaint)}`);
}

async function telling(what: string, work: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Error(`${what} ${(error as Error).message}`, { cause: error });
  }
}

/** Whatever the server answers is good: only that it answers counts. Source: pkg/kubelet/lifecycle, runHTTPHandler. */
async function httpHook(action: DeepReadonly<HTTPGetAction>, { container, containerId, podIP, runtime, onHttpFallback, signal }: HookRun): Promise<void> {
  const port = portOf(action.port, container);
  if (runtime.answers?.(containerId)) return; // it runs in name only
  const ask = (wanted: DeepReadonly<HTTPGetAction>): Promise<unknown> => httpGet(wanted, podIP, port, 'kube-lifecycle/1.36', signal);
  try {
    await ask(action);
  } catch (error) {
    if (action.scheme !== 'HTTPS' || !isHttpAnswer(error)) throw error;
    // What proves who asks is not for the wire without TLS.
    await ask({ ...action, scheme: 'HTTP', httpHeaders: action.httpHeaders?.filter(({ name }) => name.toLowerCase() !== 'authorization') ?? [] });
    const host = action.host || podIP;
    onHttpFallback(`${host.includes(':') ? `[${host}]` : host}:${port}`);
  }
}
