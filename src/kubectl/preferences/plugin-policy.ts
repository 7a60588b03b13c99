import { join, normalize } from 'node:path';
import { CommandError } from '../errors.ts';
import { isExecutable, pathFolders } from '../plugins.ts';
import type { KubectlIo } from '../io.ts';
import type { Preference } from './preference.ts';

/** Which credential plugins may run. Source: client-go plugin/pkg/client/auth/exec, KEP-3104; kubernetes.io, "Kubectl user preferences (kuberc)". */
export class PluginPolicy {
  readonly #type: string;
  readonly #allowed: readonly string[];

  /** Throws CommandError for a policy and a list that do not go together: whoever mistypes one must not be left without. */
  constructor({ credentialPluginPolicy: type = '', credentialPluginAllowlist: list }: Pick<Preference, 'credentialPluginPolicy' | 'credentialPluginAllowlist'>) {
    if (!['', 'AllowAll', 'DenyAll', 'Allowlist'].includes(type)) throw new CommandError(`unknown plugin policy: ${JSON.stringify(type)}`);
    if (type !== 'Allowlist' && list) throw new CommandError(`misconfigured credential plugin allowlist: plugin policy is ${JSON.stringify(type)} but allowlist is non-nil`);
    if (type === 'Allowlist' && !list) throw new CommandError('credential plugin policy set to "Allowlist", but allowlist is unspecified');
    if (list?.length === 0) throw new CommandError('credential plugin policy set to "Allowlist", but allowlist is empty; use "DenyAll" policy instead');
    for (const [index, { name = '', command = '' }] of (list ?? []).entries()) {
      if (name !== '' && command !== '') throw new CommandError(`misconfigured credential plugin allowlist: allowlist entry #${index + 1} has both "name" and "command"`);
      const entry = command || name;
      if (entry === '') throw new CommandError(`misconfigured credential plugin allowlist: empty allowlist entry #${index + 1}`);
      if (cleaned(entry) !== entry) throw new CommandError(`non-normalized file path: ${JSON.stringify(entry)} vs ${JSON.stringify(cleaned(entry))}`);
    }
    this.#type = type;
    this.#allowed = (list ?? []).map(({ name, command }) => command || name || '');
  }

  /** What to run for the command of a kubeconfig: under a list it is the very file that was found in it. Throws CommandError with why it may not run. */
  allowed(command: string, env: KubectlIo['env']): string {
    if (this.#type === 'DenyAll') throw new CommandError(`plugin ${JSON.stringify(cleaned(command))} not allowed: policy set to "DenyAll"`);
    if (this.#type !== 'Allowlist') return command;
    const found = lookPath(command, env);
    if (found === undefined) throw new CommandError(`plugin path ${JSON.stringify(command)} cannot be resolved for credential plugin allowlist check: exec: ${JSON.stringify(command)}: executable file not found in $PATH`);
    const isListed = this.#allowed.some((entry) => entry === cleaned(command) || entry === found || lookPath(entry, env) === found);
    if (!isListed) throw new CommandError(`plugin path ${JSON.stringify(found)} is not permitted by the credential plugin allowlist`);
    return found;
  }
}

/** As Go's filepath.Clean: no `.`, no `..` that can go, no slash at the end. */
function cleaned(path: string): string {
  const short = normalize(path);
  return short.length > 1 && short.endsWith('/') ? short.slice(0, -1) : short;
}

/** The file that a command names: a path as it is, a name in the first folder of the path that has it. */
function lookPath(command: string, env: KubectlIo['env']): string | undefined {
  const candidates = command.includes('/') ? [command] : pathFolders(env).map((folder) => join(folder, command));
  return candidates.find(isExecutable);
}
