import { Counter, type Metric } from '../../base/metrics.ts';

type Attempt = 'success' | 'failure' | 'error';
type Verdict = 'allowed' | 'denied' | 'no-opinion' | 'error';

/** Names that are told; those of people are not. Source: apiserver pkg/endpoints/filters/metrics.go, compressUsername. */
const TOLD: ReadonlySet<string> = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

/** Who came, and what they were let do, in the names of kube-apiserver's metrics. */
export class AccessMetrics implements Metric {
  readonly #attempts = new Counter({ name: 'authentication_attempts', help: 'Counter of authenticated attempts.' });
  readonly #users = new Counter({ name: 'authenticated_user_requests', help: 'Counter of authenticated requests broken out by username.' });
  readonly #verdicts = new Counter({ name: 'authorization_attempts_total', help: "Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', 'no-opinion' or 'error'." });

  /** `user`: who it was, if it was anybody. */
  authenticated(result: Attempt, user = ''): void {
    this.#attempts.add(`result="${result}"`);
    if (user !== '') this.#users.add(`username="${TOLD.has(user) ? user : user.includes('@') ? 'email_id' : 'other'}"`);
  }

  authorized(result: Verdict): void {
    this.#verdicts.add(`result="${result}"`);
  }

  text(): string {
    return [this.#attempts, this.#users, this.#verdicts].map((one) => one.text()).join('');
  }
}
