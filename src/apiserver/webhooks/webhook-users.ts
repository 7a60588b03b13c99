import { dirname, resolve } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Kubeconfig, KubeconfigUser } from '../../pki/index.ts';
import { readKubeconfig } from './kubeconfig-target.ts';
import { credentialsOf, type WebhookCredentials } from './kubeconfig-user.ts';

/** Tokens and certificates may be replaced in their files: they are read again. As client-go reads token files. */
const FRESH_MS = 60_000;
const HTTPS = ':443';

/**
 * Who this server is to which webhook: users of a kubeconfig that are named after webhooks (`host:port`, `name.namespace.svc`, `*.domain`, `*`).
 * Source: "Authenticate apiservers"; apiserver pkg/util/webhook/authentication.go.
 */
export class WebhookUsers {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #config: Kubeconfig;
  readonly #known = new Map<string, { readonly credentials: WebhookCredentials; readonly untilMs: number }>();

  /** Reads the kubeconfig. Throws RangeError for one that cannot be used. */
  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
    this.#config = readKubeconfig(file);
    for (const { user } of this.#config.users) this.#read(user);
  }

  /** `target`: `host:port`. Undefined: nobody in particular. Throws RangeError for files that can no longer be read. */
  credentialsFor(target: string): WebhookCredentials | undefined {
    const user = userFor(this.#config, target);
    if (!user) return undefined;
    const known = this.#known.get(user.name);
    if (known && known.untilMs > this.#clock.monotonic()) return known.credentials;
    const credentials = this.#read(user.user);
    this.#known.set(user.name, { credentials, untilMs: this.#clock.monotonic() + FRESH_MS });
    return credentials;
  }

  #read(user: KubeconfigUser): WebhookCredentials {
    return credentialsOf(user, dirname(resolve(this.#file)));
  }
}

/** The user of the kubeconfig whose name says most exactly that it is for `target`. */
export function userFor({ users, contexts, 'current-context': current }: Pick<Kubeconfig, 'users' | 'contexts' | 'current-context'>, target: string): Kubeconfig['users'][number] | undefined {
  const names = [...namesOf(target), ...(target.endsWith(HTTPS) ? namesOf(target.slice(0, -HTTPS.length)) : []), '*'];
  const context = contexts.find(({ name }) => name === current)?.context.user;
  if (context) names.push(context);
  for (const name of names) {
    const user = users.find((one) => one.name === name);
    if (user) return user;
  }
  return undefined;
}

/** A name itself, then `*.` before what follows each of its dots. */
function namesOf(target: string): string[] {
  const steps = target.split('.');
  return [target, ...steps.slice(1).map((_, i) => `*.${steps.slice(i + 1).join('.')}`)];
}
