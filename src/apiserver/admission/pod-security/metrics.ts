import { Counter, type Metric, type Tally } from '../../../base/metrics.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import type { Policy } from './evaluate.ts';

const NEWEST_MINOR = 36;

/** What became of pods, in the names of kube-apiserver's metrics. Source: pod-security-admission/metrics. */
export class PodSecurityMetrics implements Metric {
  readonly #evaluations = new Counter({ name: 'pod_security_evaluations_total', help: 'Number of policy evaluations that occurred, not counting ignored or exempt requests.', stability: 'STABLE' });
  readonly #exemptions = new Counter({ name: 'pod_security_exemptions_total', help: 'Number of exempt requests, not counting ignored or out of scope requests.', stability: 'STABLE' });
  readonly #errors = new Counter({ name: 'pod_security_errors_total', help: 'Number of errors preventing normal evaluation. Non-fatal errors may result in the latest restricted profile being used for evaluation.', stability: 'STABLE' });
  /** Of the one outcome that most pods have, by operation: labels take longer to put together than all else here. */
  readonly #privileged = new Map<string, Tally>();

  privileged(attributes: AdmissionAttributes): void {
    let tally = this.#privileged.get(attributes.operation);
    if (!tally) this.#privileged.set(attributes.operation, (tally = this.#evaluations.with(labelsOf(attributes, 'allow', { level: 'privileged', version: 'latest' }, 'enforce'))));
    tally.count++;
  }

  evaluated(attributes: AdmissionAttributes, decision: 'allow' | 'deny', policy: Policy, mode: 'enforce' | 'audit' | 'warn'): void {
    this.#evaluations.add(labelsOf(attributes, decision, policy, mode));
  }

  exempted(attributes: AdmissionAttributes): void {
    this.#exemptions.add(whereOf(attributes));
  }

  failed(attributes: AdmissionAttributes): void {
    this.#errors.add(`fatal="false",${whereOf(attributes)}`);
  }

  text(): string {
    return [this.#evaluations, this.#exemptions, this.#errors].map((one) => one.text()).join('');
  }
}

function labelsOf(attributes: AdmissionAttributes, decision: string, { level, version }: Policy, mode: string): string {
  const shown = version !== 'latest' && Number(version.slice('v1.'.length)) > NEWEST_MINOR ? 'future' : version;
  return `decision="${decision}",mode="${mode}",policy_level="${level}",policy_version="${shown}",${whereOf(attributes)}`;
}

function whereOf({ operation, resource, subresource }: AdmissionAttributes): string {
  return `request_operation="${operation.toLowerCase()}",resource="${resource === 'pods' ? 'pod' : 'controller'}",subresource="${subresource}"`;
}
