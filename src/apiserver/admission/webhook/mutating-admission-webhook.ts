import { applyJsonPatch } from '../../../apimachinery/patch/json-patch.ts';
import { jsonEqual } from '../../../apimachinery/patch/json.ts';
import { internalError, StatusError } from '../../../apimachinery/status.ts';
import * as refs from '../../../api/refs.ts';
import type { WebhookUsers } from '../../webhooks/webhook-users.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionPlugin } from '../plugin.ts';
import { HookCaller, type AuthorizedWebhookTools } from './hook-caller.ts';
import { Hooks } from './hooks.ts';
import { invocationOf, type Invocation } from './invocation.ts';
import { isAdmissionConfiguration } from './rules.ts';
import { stringifyWhole } from '../../../apimachinery/whole-numbers.ts';

/** What is remembered between the first round over the plugins and the second. */
interface Rounds {
  /** As the webhooks left the object. */
  output: string;
  /** Called, and to be called again should another change the object after them. */
  readonly called: Set<string>;
  readonly again: Set<string>;
}

/** Lets webhooks change objects: one after the other, each sees what those before it have made. */
export class MutatingAdmissionWebhook implements AdmissionPlugin {
  readonly name = 'MutatingAdmissionWebhook';
  readonly #tools: AuthorizedWebhookTools;
  readonly #hooks: Hooks;
  readonly #caller: HookCaller;
  readonly #rounds = new WeakMap<AdmissionAttributes, Rounds>();

  constructor(tools: AuthorizedWebhookTools, users?: WebhookUsers) {
    this.#tools = tools;
    this.#hooks = new Hooks(tools.objects, refs.mutatingWebhookConfigurations);
    this.#caller = new HookCaller(tools, 'admit', users);
  }

  handles(_operation: AdmissionOperation, attributes: AdmissionAttributes): boolean {
    return this.#hooks.all.length > 0 && !isAdmissionConfiguration(attributes);
  }

  /** Source: apiserver pkg/admission/plugin/webhook/mutating/dispatcher.go and reinvocationcontext.go. */
  async admit(attributes: AdmissionAttributes): Promise<void> {
    const context = { objects: this.#tools.objects(), resources: this.#tools.resources(), authorizer: this.#tools.authorizer };
    const isAgain = attributes.reinvocation?.isSecondRound === true;
    const rounds = this.#roundsOf(attributes);
    if (isAgain && rounds.output !== stringifyWhole(attributes.object)) callAgain(rounds);
    let index = 0;
    const startMs = this.#tools.clock.monotonic();
    for (const hook of this.#hooks.all) {
      const invocation = await invocationOf(hook, attributes, context);
      if (!invocation || (isAgain && !rounds.again.has(hook.id))) continue;
      const changed = await this.#call(invocation, index++, attributes);
      rounds.again.delete(hook.id);
      if (changed) {
        callAgain(rounds);
        if (attributes.reinvocation) attributes.reinvocation.isNeeded = true;
      }
      if (hook.webhook.reinvocationPolicy === 'IfNeeded') rounds.called.add(hook.id);
    }
    if (index === 0) return;
    attributes.took?.('mutating-webhook', this.#tools.clock.monotonic() - startMs);
    rounds.output = stringifyWhole(attributes.object);
  }

  #roundsOf(attributes: AdmissionAttributes): Rounds {
    let rounds = this.#rounds.get(attributes);
    if (!rounds) this.#rounds.set(attributes, (rounds = { output: '', called: new Set(), again: new Set() }));
    return rounds;
  }

  async #call(invocation: Invocation, index: number, attributes: AdmissionAttributes): Promise<boolean> {
    let changed = false;
    const { configuration, webhook } = invocation.hook;
    const at = `round_${attributes.reinvocation?.isSecondRound === true ? 1 : 0}_index_${index}`;
    const verdict = await this.#caller.call(invocation, attributes, async ({ patch }) => {
      if (patch === undefined) return;
      changed = await this.#apply(invocation, patch, attributes);
      attributes.annotateRequest(`patch.webhook.admission.k8s.io/${at}`, () => stringifyWhole({ configuration, webhook: webhook.name, patch, patchType: 'JSONPatch' }));
    });
    if (!verdict) attributes.annotate(`failed-open.mutation.webhook.admission.k8s.io/${at}`, webhook.name);
    else attributes.annotate(`mutation.webhook.admission.k8s.io/${at}`, JSON.stringify({ configuration, webhook: webhook.name, mutated: changed }));
    return changed;
  }

  async #apply(invocation: Invocation, patch: unknown, attributes: AdmissionAttributes): Promise<boolean> {
    const { webhook } = invocation.hook;
    const before = await invocation.object.object();
    if (before === undefined || attributes.object === undefined) throw internalError(`admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`);
    let patched: unknown;
    try {
      patched = applyJsonPatch(before, patch);
    } catch (error) {
      if (!StatusError.is(error)) throw error;
      throw internalError(error.cause instanceof Error ? error.cause.message : error.message, { cause: error });
    }
    if (jsonEqual(before, patched) || typeof patched !== 'object' || patched === null) return false;
    await invocation.object.replace(patched);
    return true;
  }
}

/** Those that were called, and ask for it, are called again. */
function callAgain(rounds: Rounds): void {
  for (const id of rounds.called) rounds.again.add(id);
  rounds.called.clear();
}
