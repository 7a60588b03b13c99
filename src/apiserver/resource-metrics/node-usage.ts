import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { serviceUnavailable } from '../../apimachinery/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Kubelets } from '../proxy/kubelet.ts';
import { type NodeMeasurements, parseMeasurements } from './measurement.ts';

/** Two looks at a node, from which rates are told. */
export interface NodeWindow {
  readonly before: NodeMeasurements;
  readonly after: NodeMeasurements;
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** A look is taken anew after so long, … */
const FRESH_MS = 10_000;
/** … says nothing of the present after so long, … */
const STALE_MS = 90_000;
/** … and needs another one so much later. */
const GAP_MS = 1000;
const TIMEOUT_MS = 5000;
/** A kubelet that did not answer is asked again after so long: until then nobody waits for it. */
const SILENT_MS = 15_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Asks a kubelet of this process for its `/metrics/resource`; undefined: the node's kubelet is elsewhere. */
export type MeasureNode = (nodeName: string, signal: AbortSignal) => Promise<string> | undefined;

interface Look {
  readonly atMs: number;
  readonly measurements: NodeMeasurements;
}

/**
 * Asks kubelets what is used on their nodes, when somebody wants to know: nothing is asked meanwhile. The second of two questions within a
 * minute and a half is answered by the difference between them; the first takes a second longer.
 */
export class NodeUsages implements Disposable {
  readonly #kubelets: Kubelets;
  readonly #clock: Clock;
  readonly #measureHere: MeasureNode | undefined;
  #openAgent: Agent | undefined;
  readonly #looks = new Map<string, readonly Look[]>();
  readonly #asking = new Map<string, Promise<NodeWindow | undefined>>();
  readonly #stop = new AbortController();
  readonly #silentSinceMs = new Map<string, number>();

  constructor(kubelets: Kubelets, clock: Clock, measureHere?: MeasureNode) {
    this.#kubelets = kubelets;
    this.#measureHere = measureHere;
    this.#clock = clock;
  }

  /** Made for the first connection: most servers open none. */
  get #agent(): Agent {
    return (this.#openAgent ??= new Agent({ keepAlive: true, maxSockets: 64 }));
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#openAgent?.destroy();
  }

  /** Undefined for a node whose kubelet does not answer. Whoever asks at the same time shares the answer, so that nobody can give the question up for the others. */
  window(nodeName: string): Promise<NodeWindow | undefined> {
    const known = this.#asking.get(nodeName);
    if (known) return known;
    const asking = this.#window(nodeName, this.#stop.signal).finally(() => this.#asking.delete(nodeName));
    this.#asking.set(nodeName, asking);
    return asking;
  }

  /** Forgets nodes that are gone. */
  keep(nodeNames: ReadonlySet<string>): void {
    for (const known of [this.#looks, this.#silentSinceMs]) for (const name of known.keys()) if (!nodeNames.has(name)) known.delete(name);
  }

  async #window(nodeName: string, signal: AbortSignal): Promise<NodeWindow | undefined> {
    const nowMs = this.#clock.monotonic();
    if (nowMs - (this.#silentSinceMs.get(nodeName) ?? -Infinity) < SILENT_MS) return undefined;
    this.#silentSinceMs.delete(nodeName);
    let looks = (this.#looks.get(nodeName) ?? []).filter(({ atMs }) => nowMs - atMs < STALE_MS);
    try {
      if (looks.length < 2 || nowMs - (looks.at(-1)?.atMs ?? 0) >= FRESH_MS) {
        if (looks.length === 0) {
          looks = [await this.#look(nodeName, signal)];
          await this.#clock.sleep(GAP_MS, signal);
        }
        looks = [...looks.slice(-1), await this.#look(nodeName, signal)];
        this.#looks.set(nodeName, looks);
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#silentSinceMs.set(nodeName, this.#clock.monotonic());
      return undefined;
    }
    const [before, after] = looks;
    return before && after && { before: before.measurements, after: after.measurements, beforeMs: before.atMs, afterMs: after.atMs };
  }

  async #look(nodeName: string, signal: AbortSignal): Promise<Look> {
    const text = await (this.#measureHere?.(nodeName, signal) ?? this.#ask(nodeName, signal));
    return { atMs: this.#clock.monotonic(), measurements: parseMeasurements(text, this.#clock.now()) };
  }

  async #ask(nodeName: string, signal: AbortSignal): Promise<string> {
    const late = new AbortController();
    using _timer = this.#clock.after(TIMEOUT_MS, () => late.abort());
    const { url, tls } = this.#kubelets.target(nodeName, '/metrics/resource', { wrapsErrors: false });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = httpsRequest({ host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port, path: url.pathname, agent: this.#agent, signal: AbortSignal.any([signal, late.signal]), ...tls });
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.end();
    const answer = await promise;
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_BYTES) throw new Error(`the kubelet's answer has more than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    if (answer.statusCode !== 200) throw serviceUnavailable(`the kubelet of ${nodeName} answers ${answer.statusCode}`);
    return Buffer.concat(chunks).toString('utf8');
  }
}
