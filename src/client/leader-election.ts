import { leases } from '../api/refs.ts';
import type { Lease, LeaseSpec } from '../api/generated/coordination-v1.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import { hasReason, StatusError } from '../apimachinery/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/lifecycle.ts';
import { AbortError, TaskGroup } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from './client.ts';
import { TransportError } from './transport.ts';

/** What who stops may still have to say: it holds his end up no longer than that. */
const LAST_WORD_MS = 2000;

export interface LeaderElectionOptions {
  readonly client: Client;
  /** The Lease: `kube-system`, `kube-controller-manager`. */
  readonly namespace: string;
  readonly name: string;
  /** Who we are: host name and something unique. */
  readonly identity: string;
  /** Runs while we lead; its signal is aborted when we no longer do. When it ends by itself we give the lease up. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Others may take over when the lease has not been renewed for so long. Default 15 s. */
  readonly leaseDurationMs?: number;
  /** We stop leading when we could not renew for so long. Default 10 s. */
  readonly renewDeadlineMs?: number;
  /** Default 2 s. */
  readonly retryMs?: number;
}

/**
 * One leader among several processes by a Lease. Clocks need not agree: what counts is for how long we have seen the lease unchanged.
 * Source: client-go tools/leaderelection.
 */
export class LeaderElection implements Component {
  readonly #options: LeaderElectionOptions;
  readonly #idle = Promise.withResolvers<void>();
  #tasks: TaskGroup | undefined;
  #observed: { readonly spec: DeepReadonly<LeaseSpec>; readonly atMs: number } | undefined;
  #lease: DeepReadonly<Lease> | undefined;
  /** When the last renewal that succeeded was begun: others have seen it later than that, so the lease is ours until then at least. */
  #renewedMs = 0;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
  }

  get isLeader(): boolean {
    return this.#observed?.spec.holderIdentity === this.#options.identity;
  }

  get done(): Promise<void> {
    return this.#tasks ? this.#tasks.done : this.#idle.promise;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#tasks = new TaskGroup(signal);
    this.#tasks.run((inner) => this.#run(inner));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#idle.resolve();
    await this.#tasks?.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random, retryMs = 2000, renewDeadlineMs = 10_000, logger, identity } = this.#options;
    while (!signal.aborted) {
      if (!(await this.#tryAcquire(signal, renewDeadlineMs))) {
        await clock.sleep(retryMs * (1 + 1.2 * random.next()), signal);
        continue;
      }
      if (signal.aborted) return this.#release();
      logger.info('became leader', { identity });
      await this.#leadUntilLost(signal);
      logger.info('stopped leading', { identity });
    }
  }

  async #leadUntilLost(signal: AbortSignal): Promise<void> {
    const { clock, lead, renewDeadlineMs = 10_000, retryMs = 2000 } = this.#options;
    const leading = new AbortController();
    const stop = (): void => leading.abort(new AbortError('stopped'));
    const leftMs = (): number => this.#renewedMs + renewDeadlineMs - clock.monotonic();
    signal.addEventListener('abort', stop, { once: true });
    const work = lead(leading.signal).finally(stop);
    work.catch(() => undefined); // it may have ended long before somebody waits for it
    try {
      while (!leading.signal.aborted) {
        await clock.sleep(Math.min(retryMs, leftMs()), leading.signal);
        if (leftMs() <= 0) break;
        if (!(await this.#tryAcquire(leading.signal, leftMs())) && !this.isLeader) break;
      }
    } catch (error) {
      if (!leading.signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
      await work.catch((error: unknown) => {
        if (!(error instanceof AbortError)) throw error;
      });
      await this.#release();
    }
  }

  /** Takes or renews the lease if we may and the server answers in time; says whether we hold it. */
  async #tryAcquire(signal: AbortSignal, withinMs: number): Promise<boolean> {
    const { client, namespace, name, clock, logger, leaseDurationMs = 15_000 } = this.#options;
    const resource = client.resource(leases, namespace);
    const startedMs = clock.monotonic();
    const deadline = this.#deadline(withinMs);
    const call = { signal: AbortSignal.any([signal, deadline]) };
    // Who is stopped hears how the write ends that is on its way, or what it holds could not be given back.
    using lastWord = this.#after(signal, LAST_WORD_MS);
    const write = { signal: AbortSignal.any([lastWord.signal, deadline]) };
    try {
      const lease = await resource.get(name, call).catch((error: unknown) => {
        if (hasReason(error, 'NotFound')) return undefined;
        throw error;
      });
      if (!lease) {
        this.#observe(await resource.create({ metadata: { name, namespace }, spec: this.#spec(undefined) }, write));
        this.#renewedMs = startedMs;
        return true;
      }
      this.#observe(lease);
      const isFree = !lease.spec?.holderIdentity || clock.monotonic() - (this.#observed?.atMs ?? 0) > leaseDurationMs;
      if (!isFree && !this.isLeader) return false;
      this.#observe(await resource.update({ ...lease, spec: this.#spec(lease.spec) }, write));
      this.#renewedMs = startedMs;
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (!StatusError.is(error) && !(error instanceof TransportError) && !deadline.aborted) throw error;
      logger.debug('the lease was not had', { error: (error as Error).message });
      return false;
    }
  }

  #deadline(ms: number): AbortSignal {
    const late = new AbortController();
    this.#options.clock.after(ms, () => late.abort(new AbortError('the lease was not renewed in time')));
    return late.signal;
  }

  /** A signal that is aborted so long after the other one. */
  #after(signal: AbortSignal, ms: number): Disposable & { readonly signal: AbortSignal } {
    const late = new AbortController();
    let timer: Disposable | undefined;
    const onAbort = (): void => {
      timer = this.#options.clock.after(ms, () => late.abort(signal.reason));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    return {
      signal: late.signal,
      [Symbol.dispose]: () => {
        signal.removeEventListener('abort', onAbort);
        timer?.[Symbol.dispose]();
      },
    };
  }

  #observe(lease: DeepReadonly<Lease>): void {
    this.#lease = lease;
    const spec = lease.spec ?? {};
    const known = this.#observed?.spec;
    if (known && known.holderIdentity === spec.holderIdentity && known.renewTime === spec.renewTime) return;
    this.#observed = { spec, atMs: this.#options.clock.monotonic() };
  }

  #spec(old: DeepReadonly<LeaseSpec> | undefined): LeaseSpec {
    const { identity, clock, leaseDurationMs = 15_000 } = this.#options;
    const now = new Date(clock.now()).toISOString().replace(/Z$/, '000Z');
    const isOurs = old?.holderIdentity === identity;
    const transitions = old ? (old.leaseTransitions ?? 0) + (isOurs ? 0 : 1) : 0;
    return { holderIdentity: identity, leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000), acquireTime: (isOurs && old.acquireTime) || now, renewTime: now, leaseTransitions: transitions };
  }

  /** Lets the next one in at once; best effort, for the lease runs out by itself. */
  async #release(): Promise<void> {
    if (!this.isLeader || !this.#lease) return;
    const { client, namespace, name, logger } = this.#options;
    const spec = { ...this.#spec(this.#lease.spec), holderIdentity: '', leaseDurationSeconds: 1 };
    try {
      this.#observe(await client.resource(leases, namespace).update({ ...this.#lease, spec }, { signal: this.#deadline(LAST_WORD_MS) }));
    } catch (error) {
      this.#observed = undefined;
      logger.info('the lease could not be given back', { name, error: (error as Error).message });
    }
  }
}
