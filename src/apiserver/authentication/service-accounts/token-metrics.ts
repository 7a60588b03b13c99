import { Counter, type Metric } from '../../../base/metrics.ts';

const counter = (name: string, help: string): Counter => new Counter({ name: `serviceaccount_${name}_total`, help });

/** Which kinds of tokens of service accounts were shown, in the names of kube-apiserver's metrics. Source: kubernetes pkg/serviceaccount/metrics.go. */
export class ServiceAccountTokenMetrics implements Metric {
  readonly #legacy = counter('legacy_tokens', 'Cumulative legacy service account tokens used');
  readonly #stale = counter('stale_tokens', 'Cumulative stale projected service account tokens used');
  readonly #valid = counter('valid_tokens', 'Cumulative valid projected service account tokens used');
  readonly #auto = counter('legacy_auto_token_uses', 'Cumulative auto-generated legacy tokens used');
  readonly #manual = counter('legacy_manual_token_uses', 'Cumulative manually created legacy tokens used');
  readonly #invalidated = counter('invalid_legacy_auto_token_uses', 'Cumulative invalid auto-generated legacy tokens used');
  readonly legacy = this.#legacy.with('');
  readonly stale = this.#stale.with('');
  readonly valid = this.#valid.with('');
  readonly auto = this.#auto.with('');
  readonly manual = this.#manual.with('');
  readonly invalidated = this.#invalidated.with('');

  text(): string {
    return [this.#legacy, this.#stale, this.#valid, this.#auto, this.#manual, this.#invalidated].map((one) => one.text()).join('');
  }
}
