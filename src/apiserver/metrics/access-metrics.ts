import { Counter, type Metric, type Tally } from '../../base/metrics.ts';

type Attempt = 'success' | 'failure' | 'error';
type Verdict = 'allowed' | 'denied' | 'no-opinion' | 'error';

/** Names that are told; those of people are not. Source: apiserver pkg/endpoints/filters/metrics.go, compressUsername. */
const TOLD: ReadonlySet<string> = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

/** Who came, and what they were let do, in the names of kube-apiserver's metrics. */
export class AccessMetrics implements Metric {
  readonly #attempts = new Counter({ name: 'authentication_attempts', help: 'Counter of authenticated attempts.' });
  readonly #users = new Counter({ name: 'authenticated_user_requests', help: 'Counter of authenticated requests broken out by username.' });
  readonly #verdicts = new Counter({ name: 'authorization_attempts_total', help: "Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', 'no-opinion' or 'error'." });

  readonly #byResult = new Map<Attempt, Tally>();
  readonly #byName = new Map<string, Tally>();
  readonly #byVerdict = new Map<Verdict, Tally>();

  /** `user`: who it was, if it was anybody. */
  authenticated(result: Attempt, user = ''): void {
    tallyOf(this.#byResult, result, this.#attempts, 'result').count++;
    if (user !== '') tallyOf(this.#byName, TOLD.has(user) ? user : user.includes('@') ? 'email_id' : 'other', this.#users, 'username').count++;
  }

  authorized(result: Verdict): void {
    tallyOf(this.#byVerdict, result, this.#verdicts, 'result').count++;
  }

  text(): string {
    return [this.#attempts, this.#users, this.#verdicts].map((one) => one.text()).join('');
  }
}

function tallyOf<T extends string>(known: Map<T, Tally>, value: T, counter: Counter, label: string): Tally {
  let tally = known.get(value);
  if (!tally) known.set(value, (tally = counter.with(`${label}="${value}"`)));
  return tally;
}
