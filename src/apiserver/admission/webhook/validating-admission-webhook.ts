import * as refs from '../../../api/refs.ts';
import type { WebhookUsers } from '../../webhooks/webhook-users.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionPlugin } from '../plugin.ts';
import { HookCaller, type AuthorizedWebhookTools } from './hook-caller.ts';
import { Hooks } from './hooks.ts';
import { invocationOf, type Invocation } from './invocation.ts';
import { isAdmissionConfiguration } from './rules.ts';

/** Lets webhooks judge writes: all of them at once. */
export class ValidatingAdmissionWebhook implements AdmissionPlugin {
  readonly name = 'ValidatingAdmissionWebhook';
  readonly #tools: AuthorizedWebhookTools;
  readonly #hooks: Hooks;
  readonly #caller: HookCaller;

  constructor(tools: AuthorizedWebhookTools, users?: WebhookUsers) {
    this.#tools = tools;
    this.#hooks = new Hooks(tools.objects, refs.validatingWebhookConfigurations);
    this.#caller = new HookCaller(tools, 'validating', users);
  }

  handles(_operation: AdmissionOperation, attributes: AdmissionAttributes): boolean {
    return this.#hooks.all.length > 0 && !isAdmissionConfiguration(attributes);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const context = { objects: this.#tools.objects(), resources: this.#tools.resources(), authorizer: this.#tools.authorizer };
    const invocations: Invocation[] = [];
    for (const hook of this.#hooks.all) {
      const invocation = await invocationOf(hook, attributes, context);
      if (invocation) invocations.push(invocation);
    }
    const startMs = this.#tools.clock.monotonic();
    const results = await Promise.allSettled(invocations.map((invocation, i) => this.#judge(invocation, i, attributes)));
    if (results.length > 0) attributes.took?.('validating-webhook', this.#tools.clock.monotonic() - startMs);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #judge(invocation: Invocation, index: number, attributes: AdmissionAttributes): Promise<void> {
    const verdict = await this.#caller.call(invocation, attributes);
    if (!verdict) attributes.annotate(`failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`, invocation.hook.webhook.name);
  }
}
