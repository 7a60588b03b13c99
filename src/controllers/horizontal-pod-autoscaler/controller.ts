import { isDeepStrictEqual } from 'node:util';
import type { Scale } from '../../api/generated/autoscaling-v1.ts';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerStatus } from '../../api/generated/autoscaling-v2.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { horizontalPodAutoscalers, pods } from '../../api/refs.ts';
import type { DeepReadonly, ResourceRef } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { SelectorError } from '../../apimachinery/selectors/errors.ts';
import { type LabelSelector, parseLabelSelector } from '../../apimachinery/selectors/label-selector.ts';
import { hasReason, StatusError } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Lister } from '../../client/lister.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import type { AutoscalerOptions } from './options.ts';
import { firstHistory, type History, withChange } from './limits.ts';
import { MetricsApi } from './metrics-api.ts';
import { type AutoscalerPlan, needsMetrics, planAutoscaler, statusOf, tolerancesOf, withCondition } from './plan.ts';
import { type Failure, type Proposal, proposeReplicas } from './proposal.ts';
import { ScaleTargets, UnknownTargetError } from './scale-target.ts';

type Autoscaler = DeepReadonly<HorizontalPodAutoscaler>;

/** Sizes what HorizontalPodAutoscalers point to by what metrics APIs tell of its pods. Source: kubernetes.io, "Horizontal Pod Autoscaling". */
export class HorizontalPodAutoscalerController extends Controller {
  readonly #client: Client;
  readonly #options: AutoscalerOptions;
  readonly #autoscalers: Lister<HorizontalPodAutoscaler>;
  readonly #pods: Lister<Pod>;
  readonly #recorder: EventRecorder;
  readonly #targets: ScaleTargets;
  readonly #metrics: MetricsApi;
  readonly #histories = new Map<string, History>();
  /** Of each autoscaler's pods, as its scale told last: two that select the same pods would pull in two directions. */
  readonly #selectors = new Map<string, LabelSelector>();

  constructor(context: ControllerContext) {
    super({ name: 'horizontal-pod-autoscaler-controller', clock: context.clock, logger: context.logger, workers: context.options.autoscaler.concurrentSyncs });
    this.#client = context.client;
    this.#options = context.options.autoscaler;
    const { informers } = context;
    this.#autoscalers = this.watch(informers.informer(horizontalPodAutoscalers), (autoscaler, { before, after }) => (before && after && isDeepStrictEqual(before.spec, after.spec) ? [] : [keyOf(autoscaler)])).lister;
    this.#pods = this.reads(informers.informer(pods)).lister;
    this.#recorder = this.owns(recorderFor(context, 'horizontal-pod-autoscaler'));
    this.#targets = new ScaleTargets(this.#client);
    this.#metrics = new MetricsApi(this.#client, async (reference, signal) => {
      const { group, resource } = await this.#targets.refOf(reference, signal);
      return group === '' ? resource : `${resource}.${group}`;
    });
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const autoscaler = this.#autoscalers.get(key);
    if (!autoscaler) {
      this.#histories.delete(key);
      this.#selectors.delete(key);
      return undefined;
    }
    const { scaleTargetRef } = autoscaler.spec;
    try {
      const ref = await this.#targets.refOf(scaleTargetRef, signal);
      const scale = await this.#targets.scaleOf(ref, autoscaler.metadata.namespace ?? '', scaleTargetRef.name, signal);
      await this.#size(autoscaler, ref, scale, signal);
    } catch (error) {
      if (!(error instanceof UnknownTargetError) && !(StatusError.is(error) && !hasReason(error, 'Conflict'))) throw error;
      this.#warn(autoscaler, 'FailedGetScale', error.message);
      const why = { reason: 'FailedGetScale', message: `the HPA controller was unable to get the target's current scale: ${error.message}` };
      const conditions = withCondition(autoscaler.status.conditions ?? [], 'AbleToScale', false, why, this.clock.now());
      await this.#write(autoscaler, { ...autoscaler.status, conditions } as HorizontalPodAutoscalerStatus, signal);
    }
    return { afterMs: this.#options.syncPeriodMs };
  }

  async #size(autoscaler: Autoscaler, ref: ResourceRef, scale: DeepReadonly<Scale>, signal: AbortSignal): Promise<void> {
    const key = keyOf(autoscaler);
    const nowMs = this.clock.now();
    const current = scale.spec?.replicas ?? 0;
    const history = this.#histories.get(key) ?? firstHistory(current, nowMs);
    this.#histories.set(key, history);
    const outcomes = needsMetrics(autoscaler, current) ? await this.#outcomes(autoscaler, scale, signal) : [];
    if (!outcomes) return;
    const plan = planAutoscaler(autoscaler, current, outcomes, history, { downscaleWindowMs: this.#options.downscaleStabilizationMs, nowMs });
    for (const { reason, message } of plan.warnings) this.#warn(autoscaler, reason, message);
    this.#histories.set(key, plan.history);
    await this.#carryOut(autoscaler, plan, ref, scale, signal);
  }

  /** What each metric asks for; undefined, once that is told, where the pods cannot be told. */
  async #outcomes(autoscaler: Autoscaler, scale: DeepReadonly<Scale>, signal: AbortSignal): Promise<(Proposal | Failure)[] | undefined> {
    const { namespace = '' } = autoscaler.metadata;
    const selector = scale.status?.selector ?? '';
    const parsed = this.#selectorOf(autoscaler, selector);
    if ('reason' in parsed) {
      await this.#refuseSelector(autoscaler, scale, parsed, signal);
      return undefined;
    }
    const selected = this.#pods.inNamespace(namespace).filter(({ metadata }) => parsed.matches(metadata.labels));
    const { tolerance, cpuInitializationMs, initialReadinessMs } = this.#options;
    const target = {
      namespace, pods: selected, nowMs: this.clock.now(), cpuInitializationMs, initialReadinessMs,
      current: scale.spec?.replicas ?? 0, observed: scale.status?.replicas ?? 0, tolerances: tolerancesOf(autoscaler, tolerance),
    };
    const readings = await Promise.all((autoscaler.spec.metrics ?? []).map(async (spec) => ({ spec, reading: await this.#metrics.read(spec, { namespace, selector, signal }) })));
    return readings.map(({ spec, reading }) => proposeReplicas(spec, reading, target));
  }

  #selectorOf(autoscaler: Autoscaler, text: string): LabelSelector | { reason: string; event: string; message: string; said: string } {
    const missing = 'selector is required';
    if (text === '') return { reason: 'InvalidSelector', event: 'SelectorRequired', message: "the HPA target's scale is missing a selector", said: missing };
    const key = keyOf(autoscaler);
    const { namespace = '' } = autoscaler.metadata;
    try {
      const selector = parseLabelSelector(text);
      this.#selectors.set(key, selector);
      const own = this.#pods.inNamespace(namespace).filter(({ metadata }) => selector.matches(metadata.labels));
      const rivals = [...this.#selectors].filter(([other, theirs]) => other.startsWith(`${namespace}/`) && own.some(({ metadata }) => theirs.matches(metadata.labels))).map(([other]) => other).sort();
      if (rivals.length <= 1) return selector;
      const said = `pods by selector ${text} are controlled by multiple HPAs: [${rivals.join(' ')}]`;
      return { reason: 'AmbiguousSelector', event: 'AmbiguousSelector', message: said, said };
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      const said = `couldn't convert selector into a corresponding internal selector object: ${error.message}`;
      return { reason: 'InvalidSelector', event: 'InvalidSelector', message: said, said };
    }
  }

  async #refuseSelector(autoscaler: Autoscaler, scale: DeepReadonly<Scale>, why: { reason: string; event: string; message: string; said: string }, signal: AbortSignal): Promise<void> {
    const nowMs = this.clock.now();
    this.#warn(autoscaler, why.event, why.said);
    this.#warn(autoscaler, 'FailedComputeMetricsReplicas', why.said);
    let conditions = withCondition(autoscaler.status.conditions ?? [], 'AbleToScale', true, { reason: 'SucceededGetScale', message: "the HPA controller was able to get the target's current scale" }, nowMs);
    conditions = withCondition(conditions, 'ScalingActive', false, why, nowMs);
    await this.#write(autoscaler, statusOf(autoscaler, conditions, { current: scale.spec?.replicas ?? 0, desired: autoscaler.status.desiredReplicas, metrics: [] }), signal);
  }

  async #carryOut(autoscaler: Autoscaler, plan: AutoscalerPlan, ref: ResourceRef, scale: DeepReadonly<Scale>, signal: AbortSignal): Promise<void> {
    const { resizeTo, rescaleReason, status } = plan;
    if (resizeTo === undefined) return this.#write(autoscaler, status, signal);
    const nowMs = this.clock.now();
    const current = scale.spec?.replicas ?? 0;
    const conditions = status.conditions ?? [];
    try {
      await this.#targets.resize(ref, scale, resizeTo, signal);
    } catch (error) {
      if (!StatusError.is(error)) throw error;
      this.#warn(autoscaler, 'FailedRescale', `New size: ${resizeTo}; reason: ${rescaleReason}; error: ${error.message}`);
      const failed = withCondition(conditions, 'AbleToScale', false, { reason: 'FailedUpdateScale', message: `the HPA controller was unable to update the target scale: ${error.message}` }, nowMs);
      return this.#write(autoscaler, statusOf(autoscaler, failed, { current, desired: autoscaler.status.desiredReplicas, metrics: status.currentMetrics ?? [] }), signal);
    }
    this.#recorder.normal(referenceTo(horizontalPodAutoscalers, autoscaler), 'SuccessfulRescale', `New size: ${resizeTo}; reason: ${rescaleReason}`);
    const key = keyOf(autoscaler);
    this.#histories.set(key, withChange(plan.history, { from: current, to: resizeTo }, autoscaler.spec.behavior, nowMs));
    const done = withCondition(conditions, 'AbleToScale', true, { reason: 'SucceededRescale', message: `the HPA controller was able to update the target scale to ${resizeTo}` }, nowMs);
    await this.#write(autoscaler, statusOf(autoscaler, done, { current, desired: resizeTo, metrics: status.currentMetrics ?? [], scaledAtMs: nowMs }), signal);
  }

  #warn(autoscaler: Autoscaler, reason: string, message: string): void {
    this.#recorder.warning(referenceTo(horizontalPodAutoscalers, autoscaler), reason, message);
  }

  async #write(autoscaler: Autoscaler, status: HorizontalPodAutoscalerStatus, signal: AbortSignal): Promise<void> {
    if (isDeepStrictEqual({ currentReplicas: 0, ...autoscaler.status }, { currentReplicas: 0, ...status })) return;
    await this.#client.resource(horizontalPodAutoscalers, autoscaler.metadata.namespace).updateStatus({ ...autoscaler, status }, { signal });
  }
}
