import { AbacAuthorizer } from '../apiserver/authorization/abac.ts';
import type { Authorizer } from '../apiserver/authorization/authorizer.ts';
import { alwaysAllow, alwaysDeny } from '../apiserver/authorization/constant.ts';
import { AuthorizerChain } from '../apiserver/authorization/decide.ts';
import { NodeAuthorizer } from '../apiserver/authorization/node/node-authorizer.ts';
import { superuserAuthorizer, type RbacAuthorizer } from '../apiserver/authorization/rbac.ts';
import { WebhookAuthorizer } from '../apiserver/authorization/webhook.ts';
import type { CachedObjects } from '../apiserver/cacher/cached-objects.ts';
import { kubeconfigTransport } from '../client/kubeconfig-transport.ts';
import type { Transport } from '../client/transport.ts';
import { readFlagFile } from './authentication.ts';
import { MODES, parseAuthorizationConfiguration, type AuthorizerChoice, type WebhookChoice } from './authorization-configuration.ts';
import { CONFIGURATION_NAME } from './cluster-configuration.ts';
import type { AuthorizationOptions } from './server-options.ts';
import type { ClusterTools } from './tools.ts';

const WEBHOOK_TIMEOUT_MS = 30_000;

export interface Authorization extends AsyncDisposable {
  /** In the order in which they are asked. */
  readonly authorizers: readonly Authorizer[];
  /** Reads `--authorization-config` again. Throws Error, having changed nothing, for what cannot be read or says something wrong. */
  reload(): Promise<void>;
}

/** Who judges what users may do, as the flags say; members of system:masters may do everything. Throws Error naming the flag for what cannot be. */
export function authorization(options: AuthorizationOptions, parts: { objects: () => CachedObjects; rbac: RbacAuthorizer }, tools: ClusterTools): Authorization {
  let current = chosenAuthorizers(options, parts, tools);
  const chain = new AuthorizerChain(current.authorizers);
  const retired = new Set<ChosenAuthorizers>();
  /** Requests that came before the change are judged as they began. */
  const retire = async (before: ChosenAuthorizers): Promise<void> => {
    await before.settled();
    if (retired.delete(before)) await before[Symbol.asyncDispose]();
  };
  return {
    authorizers: [superuserAuthorizer, ...(options.configFile === undefined ? current.authorizers : [chain])],
    reload: async () => {
      const before = current;
      current = chosenAuthorizers(options, parts, tools);
      chain.use(current.authorizers);
      retired.add(before);
      void retire(before);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([current, ...retired].map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

interface ChosenAuthorizers extends AsyncDisposable {
  readonly authorizers: readonly Authorizer[];
  /** Resolves once none of them is being asked. */
  settled(): Promise<void>;
}

function chosenAuthorizers(options: AuthorizationOptions, parts: { objects: () => CachedObjects; rbac: RbacAuthorizer }, tools: ClusterTools): ChosenAuthorizers {
  const transports: Transport[] = [];
  const authorizers = choicesOf(options).map((choice): Authorizer => {
    switch (choice.type) {
      case 'Node': return new NodeAuthorizer(parts.objects, { namespace: 'kube-system', name: CONFIGURATION_NAME });
      case 'RBAC': return parts.rbac;
      case 'ABAC': return abac(options.policyFile);
      case 'AlwaysAllow': return alwaysAllow;
      case 'AlwaysDeny': return alwaysDeny;
      default: return webhook(choice as WebhookChoice, transports, tools);
    }
  });
  return {
    authorizers,
    settled: async () => {
      await Promise.all(authorizers.filter((one) => one instanceof WebhookAuthorizer).map((one) => one.settled()));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(transports.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

function choicesOf({ configFile, modes, webhook }: AuthorizationOptions): readonly AuthorizerChoice[] {
  if (configFile !== undefined) {
    try {
      return parseAuthorizationConfiguration(readFlagFile('--authorization-config', configFile));
    } catch (error) {
      throw new Error(`--authorization-config: ${configFile}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
  const unknown = modes.find((mode) => !MODES.some((one) => one === mode));
  if (unknown !== undefined) throw new Error(`--authorization-mode: there is no mode ${JSON.stringify(unknown)}; there are: ${MODES.join(', ')}`);
  const twice = modes.find((mode, index) => modes.indexOf(mode) !== index);
  if (twice !== undefined) throw new Error(`--authorization-mode has mode specified more than once: ${twice}`);
  return modes.map((type) => {
    if (type !== 'Webhook') return { type };
    if (!webhook) throw new Error('--authorization-mode Webhook needs --authorization-webhook-config-file');
    return { type: 'Webhook', name: 'default', ...webhook, timeoutMs: WEBHOOK_TIMEOUT_MS, onFailure: 'NoOpinion', matchConditions: [] };
  });
}

function abac(file: string | undefined): Authorizer {
  if (file === undefined) throw new Error('--authorization-mode ABAC needs --authorization-policy-file');
  try {
    return new AbacAuthorizer(readFlagFile('--authorization-policy-file', file));
  } catch (error) {
    throw new Error(`--authorization-policy-file: ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function webhook(choice: WebhookChoice, transports: Transport[], tools: ClusterTools): Authorizer {
  const { clock, logger } = tools;
  const { timeoutMs, configFile, ...rest } = choice;
  const transport = kubeconfigTransport(configFile, { clock, timeoutMs, userAgent: 'kube-apiserver' });
  transports.push(transport);
  return new WebhookAuthorizer({ ...rest, transport, clock, logger });
}
