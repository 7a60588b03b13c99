import { defineKind } from '../define-kind.ts';
import type { MutatingWebhookConfiguration } from '../generated/admissionregistration-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { webhookColumns } from './columns.ts';
import { defaultWebhook } from './defaults.ts';
import { staticNameWarnings } from './static-names.ts';
import { validateWebhooks } from './webhook-validation.ts';
import { anew } from '../update-orders.ts';

export const mutatingWebhookConfiguration: KindDefinition<MutatingWebhookConfiguration> = defineKind<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io', kind: 'MutatingWebhookConfiguration', resource: 'mutatingwebhookconfigurations', namespaced: false, categories: ['api-extensions'],
  versions: [{ version: 'v1', message: 'admissionregistration.v1.MutatingWebhookConfiguration' }],
  updateRules: anew,
  allowUnconditionalUpdate: false,
  hasGeneration: true,
  generationOf: ({ webhooks }) => webhooks,
  default({ webhooks }) {
    for (const webhook of webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
  validate: validateWebhooks,
  warnings: staticNameWarnings,
  columns: webhookColumns(),
});
