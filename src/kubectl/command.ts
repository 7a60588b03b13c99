import type { Connection } from './connection.ts';
import { flag, type Flags, type FlagSpecs } from './flags.ts';
import type { KubectlIo } from './io.ts';

/** A command: a file of its own in `commands/`. One with `subcommands` does nothing by itself. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** After the command's name in the usage line. */
  readonly usage: string;
  readonly summary: string;
  readonly flags: FlagSpecs;
  readonly subcommands?: readonly Command[];
  /** Where its help goes when it is called by itself: to stdout, and then with success whatever follows (`help`); else to stderr. */
  readonly alone?: 'stdout' | 'help';
  /** Resolves with the exit code (0 when it gives none); throws what is printed as an error. */
  run?(context: CommandContext): Promise<number | void>;
}

export interface CommandContext {
  readonly io: KubectlIo;
  readonly flags: Flags;
  readonly args: readonly string[];
  /** How many arguments stood before `--`; -1 without one. */
  readonly argsBeforeDash: number;
  /** `kubectl get`, for messages. */
  readonly commandPath: string;
  /** Made on first use: some commands never ask the server. Throws for a configuration that cannot be used. */
  readonly connection: Connection;
  out(text: string): void;
  err(text: string): void;
}

export const GLOBAL_FLAGS: FlagSpecs = {
  kubeconfig: flag.string('Path to the kubeconfig file to use for CLI requests.'),
  context: flag.string('The name of the kubeconfig context to use'),
  cluster: flag.string('The name of the kubeconfig cluster to use'),
  user: flag.string('The name of the kubeconfig user to use'),
  namespace: flag.string('If present, the namespace scope for this CLI request', { short: 'n' }),
  server: flag.string('The address and port of the Kubernetes API server', { short: 's' }),
  token: flag.string('Bearer token for authentication to the API server'),
  'certificate-authority': flag.string('Path to a cert file for the certificate authority'),
  'client-certificate': flag.string('Path to a client certificate file for TLS'),
  'client-key': flag.string('Path to a client key file for TLS'),
  'tls-server-name': flag.string('Server name to use for server certificate validation'),
  'insecure-skip-tls-verify': flag.bool("If true, the server's certificate will not be checked for validity"),
  as: flag.string('Username to impersonate for the operation'),
  'as-group': flag.list('Group to impersonate for the operation', { isWhole: true }),
  'as-uid': flag.string('UID to impersonate for the operation'),
  'as-user-extra': flag.list('User extras to impersonate for the operation, as key=value; may be repeated', { isWhole: true }),
  'request-timeout': flag.string("The length of time to wait before giving up on a single server request. Non-zero values should contain a corresponding time unit (e.g. 1s, 2m, 3h). A value of zero means don't timeout requests.", { default: '0' }),
  username: flag.string('Username for basic authentication to the API server'), password: flag.string('Password for basic authentication to the API server'),
  'disable-compression': flag.bool('Accepted for compatibility'), 'log-flush-frequency': flag.string('Accepted for compatibility', { default: '5s' }), profile: flag.string('Accepted for compatibility', { default: 'none' }), 'profile-output': flag.string('Accepted for compatibility', { default: 'profile.pprof' }), vmodule: flag.string('Accepted for compatibility'),
  'cache-dir': flag.string('Cache directory: what servers told of their APIs is kept there for six hours. Default: $KUBECACHEDIR or $HOME/.kube/cache'),
  kuberc: flag.string('Path to the kuberc file to use for preferences.'),
  'match-server-version': flag.bool('Accepted for compatibility'),
  'warnings-as-errors': flag.bool('Treat warnings received from the server as errors'),
  v: flag.string('Accepted for compatibility', { short: 'v' }),
  help: flag.bool('Help for the command', { short: 'h' }),
};

/** Of every command that prints objects. */
export const PRINT_FLAGS: FlagSpecs = {
  output: flag.string('Output format: json, yaml, kyaml, name, go-template, go-template-file, jsonpath, jsonpath-as-json, jsonpath-file and more for get.', { short: 'o' }),
  template: flag.string('Template string or path to template file to use when -o=go-template, -o=go-template-file.'),
  'allow-missing-template-keys': flag.bool('Ignore errors in templates when a field or map key is missing.', { default: 'true' }),
  'show-managed-fields': flag.bool('Keep the managedFields when printing objects in JSON or YAML format.'),
};

export const FILE_FLAGS: FlagSpecs = {
  filename: flag.list('Filename or directory to use.', { short: 'f' }),
  recursive: flag.bool('Process the directory used in -f, --filename recursively.', { short: 'R' }),
  kustomize: flag.string('Process a kustomization directory. This flag can\'t be used together with -f or -R.', { short: 'k' }),
};

export const DRY_RUN_FLAG: FlagSpecs = { 'dry-run': flag.string('Must be "none", "server", or "client".', { default: 'none', ifBare: 'unchanged' }) };

export const SELECTOR_FLAG: FlagSpecs = { selector: flag.string('Selector (label query) to filter on.', { short: 'l' }) };

export const fieldManagerFlag = (name: string): FlagSpecs => ({ 'field-manager': flag.string('Name of the manager used to track field ownership.', { default: name }) });
