import type { Command } from 'commander';
import type { AuthorizationOptions } from '../../cluster/server-options.ts';
import { UsageError } from '../errors.ts';
import { duration } from '../flags.ts';
import { names } from './values.ts';

/** Who may do what, under kube-apiserver's names. */
export interface AuthorizationFlags {
  readonly authorizationMode: readonly string[];
  readonly authorizationConfig?: string;
  readonly authorizationPolicyFile?: string;
  readonly authorizationWebhookConfigFile?: string;
  readonly authorizationWebhookVersion: string;
  readonly authorizationWebhookCacheAuthorizedTtl: number;
  readonly authorizationWebhookCacheUnauthorizedTtl: number;
}

const DEFAULT_MODES = ['Node', 'RBAC'];

export function addAuthorizationFlags(command: Command): void {
  command
    .optionsGroup('Authorization:')
    .option('--authorization-mode <names>', 'who is asked, in order: Node, RBAC, ABAC, Webhook, AlwaysAllow, AlwaysDeny', names, DEFAULT_MODES)
    .option('--authorization-config <file>', 'an AuthorizationConfiguration, in place of the other flags')
    .option('--authorization-policy-file <file>', 'policies of ABAC: one a line, as JSON')
    .option('--authorization-webhook-config-file <file>', 'the server of the mode Webhook, as a kubeconfig')
    .option('--authorization-webhook-version <version>', 'of the SubjectAccessReview: v1 or v1beta1', 'v1beta1')
    .option('--authorization-webhook-cache-authorized-ttl <duration>', 'how long its consent is remembered', duration, 300_000)
    .option('--authorization-webhook-cache-unauthorized-ttl <duration>', 'how long its refusal is remembered', duration, 30_000);
}

/** Throws UsageError for flags that contradict each other. */
export function authorizationOptions(flags: AuthorizationFlags): AuthorizationOptions {
  const { authorizationMode: modes, authorizationConfig, authorizationPolicyFile, authorizationWebhookConfigFile: configFile, authorizationWebhookVersion: version } = flags;
  if (modes.length === 0) throw new UsageError('--authorization-mode: at least one mode must be passed');
  if (!['v1', 'v1beta1'].includes(version)) throw new UsageError('--authorization-webhook-version must be v1 or v1beta1');
  const isModeGiven = modes !== DEFAULT_MODES;
  if (authorizationConfig !== undefined && (isModeGiven || configFile !== undefined || authorizationPolicyFile !== undefined)) {
    throw new UsageError('--authorization-config cannot stand beside --authorization-mode, --authorization-policy-file or --authorization-webhook-config-file');
  }
  return {
    modes, configFile: authorizationConfig, policyFile: authorizationPolicyFile,
    webhook: configFile === undefined ? undefined : { configFile, version, authorizedMs: flags.authorizationWebhookCacheAuthorizedTtl, unauthorizedMs: flags.authorizationWebhookCacheUnauthorizedTtl },
  };
}
