import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, HTTPGetAction, LifecycleHandler } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import { runtimeErrorText } from '../../runtime/index.ts';
import { httpGet, isHttpAnswer, portOf } from './http-action.ts';

export interface HookRun {
  readonly handler: DeepReadonly<LifecycleHandler>;
  readonly container: DeepReadonly<Container>;
  readonly containerId: string;
  readonly podIP: string;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  /** HTTPS was asked for, and `host` (with its port) speaks HTTP, which did as well. */
  readonly onHttpFallback: (host: string) => void;
  readonly signal: AbortSignal;
}

/** Runs what a container wants run after its start or before its stop. Throws an Error whose message tells what went wrong. */
export async function runHook(run: HookRun): Promise<void> {
  const { handler, container, containerId, runtime, clock, signal } = run;
  if (handler.exec) {
    const command = [...(handler.exec.command ?? [])];
    const { exitCode, stderr } = await runtime.execSync(containerId, command, 0, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new Error(runtimeErrorText(error), { cause: error });
    });
    if (exitCode !== 0) throw new Error(`Exec lifecycle hook ([${command.join(' ')}]) for Container "${container.name}" failed - error: command '${command.join(' ')}' exited with ${exitCode}: ${Buffer.from(stderr).toString('utf8').slice(0, 1024)}`);
  } else if (handler.httpGet) await httpHook(handler.httpGet, run);
  else if (handler.sleep) await clock.sleep(handler.sleep.seconds * 1000, signal);
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
