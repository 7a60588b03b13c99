import { isAbsolute } from 'node:path';
import { isObject } from '../../../apimachinery/patch/json.ts';
import type { Clock } from '../../../base/clock.ts';
import { goQuote } from '../../../apimachinery/go-quote.ts';
import { WebhookUsers } from '../../webhooks/webhook-users.ts';
import { configurationOf, type PluginConfiguration } from '../plugin-configuration.ts';

const VERSION = 'apiserver.config.k8s.io/v1';
const ALPHA = 'apiserver.config.k8s.io/v1alpha1';

/**
 * Who the server is to the webhooks of a plugin, as its WebhookAdmissionConfiguration says; undefined without one. Throws RangeError for what makes no sense.
 * Source: "Authenticate apiservers"; apiserver pkg/admission/plugin/webhook/config.
 */
export function webhookUsers(configuration: PluginConfiguration | undefined, clock: Clock): WebhookUsers | undefined {
  if (!configuration) return undefined;
  const isAlpha = isObject(configuration.value) && configuration.value['apiVersion'] === ALPHA;
  const { kubeConfigFile = '', staticManifestsDir = '' } = configurationOf(configuration, { kind: isAlpha ? 'WebhookAdmission' : 'WebhookAdmissionConfiguration', apiVersions: [VERSION, ALPHA], fields: ['kubeConfigFile', 'staticManifestsDir'] });
  if (staticManifestsDir !== '') throw new RangeError('staticManifestsDir: Forbidden: it needs the feature ManifestBasedAdmissionControlConfig, an alpha of 1.36 which kubets does not have; create the configurations through the API');
  if (typeof kubeConfigFile !== 'string' || !isAbsolute(kubeConfigFile)) throw new RangeError(`kubeConfigFile: Invalid value: ${goQuote(String(kubeConfigFile))}: must be an absolute file path`);
  return new WebhookUsers(kubeConfigFile, clock);
}
