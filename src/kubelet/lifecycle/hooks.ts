import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, LifecycleHandler } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import { runtimeErrorText } from '../../runtime/index.ts';
import { httpGet, portOf } from './http-action.ts';

/** Runs what a container wants run after its start or before its stop. Throws an Error whose message tells what went wrong. */
export async function runHook(options: {
  readonly handler: DeepReadonly<LifecycleHandler>;
  readonly container: DeepReadonly<Container>;
  readonly containerId: string;
  readonly podIP: string;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { handler, container, containerId, podIP, runtime, clock, signal } = options;
  if (handler.exec) {
    const command = [...(handler.exec.command ?? [])];
    const { exitCode, stderr } = await runtime.execSync(containerId, command, 0, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new Error(runtimeErrorText(error), { cause: error });
    });
    if (exitCode !== 0) throw new Error(`Exec lifecycle hook ([${command.join(' ')}]) for Container "${container.name}" failed - error: command '${command.join(' ')}' exited with ${exitCode}: ${Buffer.from(stderr).toString('utf8').slice(0, 1024)}`);
  } else if (handler.httpGet) {
    const port = portOf(handler.httpGet.port, container);
    const { statusCode } = await httpGet(handler.httpGet, podIP, port, 'kube-lifecycle/1.36', signal);
    if (statusCode < 200 || statusCode >= 400) throw new Error(`HTTP lifecycle hook (${handler.httpGet.path ?? '/'}) for Container "${container.name}" failed - statuscode: ${statusCode}`);
  } else if (handler.sleep) await clock.sleep(handler.sleep.seconds * 1000, signal);
}
