import { connect } from 'node:net';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Probe } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import { isRuntimeError, runtimeErrorText, type ContainerRuntime } from '../../runtime/index.ts';
import { checkGrpcHealth } from '../../runtime/cri/grpc-health.ts';
import { type HttpAnswer, httpGet, portOf } from '../lifecycle/http-action.ts';

export interface ProbeOutcome {
  /** `unknown`: it could not be asked; that counts neither for nor against the container. */
  readonly result: 'success' | 'warning' | 'failure' | 'unknown';
  readonly output: string;
}

export interface ProbeTarget {
  readonly container: DeepReadonly<Container>;
  readonly containerId: string;
  readonly podIP: string;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
}

/** Asks once. Never rejects but for `signal`. Source: pkg/probe; pkg/kubelet/prober. */
export async function runProbe(probe: DeepReadonly<Probe>, target: ProbeTarget, signal: AbortSignal): Promise<ProbeOutcome> {
  const timeoutSeconds = probe.timeoutSeconds ?? 1;
  const timedOut = new AbortController();
  using _limit = target.clock.after(timeoutSeconds * 1000, () => timedOut.abort());
  const both = AbortSignal.any([signal, timedOut.signal]);
  try {
    if (probe.exec) return await execProbe(probe.exec.command ?? [], timeoutSeconds, target, signal);
    const port = portOfProbe(probe, target);
    if (port !== undefined && target.runtime.answers) return simulatedProbe(port, target);
    if (probe.httpGet) return await httpProbe(probe, target, both);
    if (probe.tcpSocket) {
      await tcpProbe(probe.tcpSocket.host || target.podIP, portOf(probe.tcpSocket.port, target.container), both);
      return { result: 'success', output: '' };
    }
    if (probe.grpc) return await grpcProbe(probe.grpc, target, both);
    return { result: 'unknown', output: `missing probe handler for ${target.container.name}` };
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof RangeError) return { result: 'unknown', output: error.message };
    return { result: 'failure', output: timedOut.signal.aborted ? timeoutText(probe, target) : (error as Error).message };
  }
}

function portOfProbe({ httpGet, tcpSocket, grpc }: DeepReadonly<Probe>, { container }: ProbeTarget): number | undefined {
  const action = httpGet ?? tcpSocket;
  return action ? portOf(action.port, container) : grpc?.port;
}

/** Of a container that runs in name only. */
function simulatedProbe(port: number, { runtime, containerId, podIP }: ProbeTarget): ProbeOutcome {
  if (runtime.answers?.(containerId)) return { result: 'success', output: '' };
  return { result: 'failure', output: `dial tcp ${podIP}:${port}: connect: connection refused` };
}

function timeoutText(probe: DeepReadonly<Probe>, { podIP, container }: ProbeTarget): string {
  if (probe.httpGet) {
    const { scheme = 'HTTP', host, port, path = '/' } = probe.httpGet;
    return `Get "${scheme.toLowerCase()}://${host || podIP}:${portOf(port, container)}${path}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
  }
  if (probe.tcpSocket) return `dial tcp ${probe.tcpSocket.host || podIP}:${portOf(probe.tcpSocket.port, container)}: i/o timeout`;
  return `timeout: failed to connect service "${podIP}:${probe.grpc?.port}" within ${probe.timeoutSeconds ?? 1}s: context deadline exceeded`;
}

async function execProbe(command: readonly string[], timeoutSeconds: number, { containerId, runtime }: ProbeTarget, signal: AbortSignal): Promise<ProbeOutcome> {
  try {
    const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, timeoutSeconds, signal);
    const output = (Buffer.from(stdout).toString('utf8') + Buffer.from(stderr).toString('utf8')).slice(0, 10_240);
    return { result: exitCode === 0 ? 'success' : 'failure', output };
  } catch (error) {
    if (!isRuntimeError(error)) throw error;
    if (error.reason === 'DeadlineExceeded') return { result: 'failure', output: `command timed out: "${command.join(' ')}" timed out after ${timeoutSeconds}s` };
    return { result: 'unknown', output: runtimeErrorText(error) };
  }
}

async function httpProbe(probe: DeepReadonly<Probe>, { container, podIP }: ProbeTarget, signal: AbortSignal): Promise<ProbeOutcome> {
  const action = probe.httpGet;
  if (!action) throw new RangeError('no HTTP probe');
  const port = portOf(action.port, container);
  try {
    return httpOutcome(await httpGet(action, podIP, port, 'kube-probe/1.36', signal));
  } catch (error) {
    if (signal.aborted) throw error;
    const { scheme = 'HTTP', host, path = '/' } = action;
    return { result: 'failure', output: `Get "${scheme.toLowerCase()}://${host || podIP}:${port}${path}": ${dialText(error, host || podIP, port)}` };
  }
}

/** Redirects that come here were not followed: they lead to another host, or nowhere. Source: pkg/probe/http, DoHTTPProbe. */
export function httpOutcome({ statusCode, body }: HttpAnswer): ProbeOutcome {
  if (statusCode >= 300 && statusCode < 400) return { result: 'warning', output: `Probe terminated redirects, Response body: ${body}` };
  if (statusCode >= 200 && statusCode < 300) return { result: 'success', output: body };
  return { result: 'failure', output: `HTTP probe failed with statuscode: ${statusCode}` };
}

function dialText(error: unknown, host: string, port: number): string {
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? `dial tcp ${host}:${port}: connect: connection refused` : (error as Error).message;
}

function tcpProbe(host: string, port: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port, signal });
  socket.on('connect', () => {
    resolve();
    socket.destroy();
  });
  socket.on('error', (error) => reject(signal.aborted ? error : new Error(dialText(error, host, port), { cause: error })));
  return promise;
}

async function grpcProbe({ port, service = '' }: { readonly port: number; readonly service?: string }, { podIP }: ProbeTarget, signal: AbortSignal): Promise<ProbeOutcome> {
  try {
    const status = await checkGrpcHealth(`${podIP.includes(':') ? `[${podIP}]` : podIP}:${port}`, service, signal);
    if (status === 'SERVING') return { result: 'success', output: `service healthy` };
    return { result: 'failure', output: `service unhealthy (responded with "${status}")` };
  } catch (error) {
    if (signal.aborted || !isRuntimeError(error)) throw error;
    if (error.reason === 'Unimplemented') return { result: 'failure', output: `this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.message}` };
    return { result: 'failure', output: `error: health rpc probe failed: ${runtimeErrorText(error)}` };
  }
}
