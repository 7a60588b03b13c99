import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { KubeconfigCluster, KubeconfigUser } from '../../../pki/kubeconfig.ts';
import type { Command, CommandContext } from '../../command.ts';
import { fileOf, mergedConfig, putEntry } from '../../config/kubeconfig-editor.ts';
import { CommandError } from '../../errors.ts';
import { flag, type FlagSpecs } from '../../flags.ts';
import { exactArguments } from './contexts.ts';

type Values = Record<string, unknown>;

/** A flag that names a file gives its path, or its content with `--embed-certs`. */
function setFile(context: CommandContext, values: Values, name: string): void {
  const { flags } = context;
  if (!flags.has(name)) return;
  delete values[name];
  delete values[`${name}-data`];
  const path = flags.string(name);
  if (path === '') return;
  if (!flags.bool('embed-certs')) {
    values[name] = resolve(path);
    return;
  }
  try {
    values[`${name}-data`] = readFileSync(path).toString('base64');
  } catch (error) {
    throw new CommandError(`could not stat ${name} file ${path}: stat ${path}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or directory' : (error as Error).message}`, { cause: error });
  }
}

function setText(context: CommandContext, values: Values, name: string): void {
  if (!context.flags.has(name)) return;
  if (context.flags.string(name) === '') delete values[name];
  else values[name] = context.flags.string(name);
}

const CLUSTER_FLAGS: FlagSpecs = {
  server: flag.string('server for the cluster entry in kubeconfig'), 'tls-server-name': flag.string('tls-server-name for the cluster entry in kubeconfig'), 'insecure-skip-tls-verify': flag.bool('insecure-skip-tls-verify for the cluster entry in kubeconfig'),
  'certificate-authority': flag.string('Path to certificate-authority file for the cluster entry in kubeconfig'), 'embed-certs': flag.bool('embed-certs for the cluster entry in kubeconfig'), 'proxy-url': flag.string('proxy-url for the cluster entry in kubeconfig'),
};

export const setCluster: Command = {
  name: 'set-cluster', usage: 'NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]', summary: 'Set a cluster entry in kubeconfig', flags: CLUSTER_FLAGS,
  run: async (context) => {
    const { flags } = context;
    const [name = ''] = exactArguments(context, 1);
    if (flags.bool('insecure-skip-tls-verify') && flags.string('certificate-authority') !== '') throw new CommandError('you cannot specify a certificate authority and insecure mode at the same time');
    const file = fileOf(context, 'clusters', name);
    const values: Values = { ...file.config.clusters.find((one) => one.name === name)?.cluster };
    for (const text of ['server', 'tls-server-name', 'proxy-url']) setText(context, values, text);
    values['server'] ??= '';
    if (flags.has('insecure-skip-tls-verify')) {
      if (flags.bool('insecure-skip-tls-verify')) {
        values['insecure-skip-tls-verify'] = true;
        delete values['certificate-authority'];
        delete values['certificate-authority-data'];
      } else delete values['insecure-skip-tls-verify'];
    }
    setFile(context, values, 'certificate-authority');
    if (flags.string('certificate-authority') !== '') delete values['insecure-skip-tls-verify'];
    putEntry(file, 'clusters', { name, cluster: values as unknown as KubeconfigCluster });
    context.out(`Cluster ${JSON.stringify(name)} set.\n`);
  },
};

export const setCredentials: Command = {
  name: 'set-credentials', usage: 'NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password]', summary: 'Set a user entry in kubeconfig',
  flags: {
    'client-certificate': flag.string('Path to client-certificate file for the user entry in kubeconfig'), 'client-key': flag.string('Path to client-key file for the user entry in kubeconfig'), 'embed-certs': flag.bool('Embed client cert/key for the user entry in kubeconfig'),
    token: flag.string('token for the user entry in kubeconfig'), username: flag.string('username for the user entry in kubeconfig'), password: flag.string('password for the user entry in kubeconfig'),
    'exec-command': flag.string('Command for the exec credential plugin for the user entry in kubeconfig'), 'exec-api-version': flag.string('API version of the exec credential plugin for the user entry in kubeconfig'),
    'exec-provide-cluster-info': flag.bool('Pass cluster info to the exec credential plugin'), 'exec-interactive-mode': flag.string('InteractiveMode of the exec credential plugin for the user entry in kubeconfig'),
    'exec-arg': flag.list('New arguments for the exec credential plugin command for the user entry in kubeconfig'), 'exec-env': flag.list("'key=value' environment values for the exec credential plugin"),
  },
  run: async (context) => {
    const { flags } = context;
    const [name = ''] = exactArguments(context, 1);
    const methods = [flags.string('token') && '--token', (flags.string('username') || flags.string('password')) && '--username/--password'].filter(Boolean);
    if (methods.length > 1) throw new CommandError(`you cannot specify more than one authentication method at the same time: ${methods.join(', ')}`);
    const file = fileOf(context, 'users', name);
    const values: Values = { ...file.config.users.find((one) => one.name === name)?.user };
    for (const path of ['client-certificate', 'client-key']) setFile(context, values, path);
    for (const text of ['token', 'username', 'password']) setText(context, values, text);
    if (flags.string('token')) delete values['tokenFile'];
    if (flags.has('exec-interactive-mode') && !['IfAvailable', 'Never', 'Always'].includes(flags.string('exec-interactive-mode'))) throw new CommandError('invalid interactive mode type, can be only IfAvailable, Never, Always');
    if (flags.has('exec-command')) {
      const env = flags.list('exec-env').map((pair) => ({ name: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1) }));
      values['exec'] = { apiVersion: flags.string('exec-api-version') || 'client.authentication.k8s.io/v1', command: flags.string('exec-command'), args: flags.list('exec-arg').length > 0 ? flags.list('exec-arg') : null, env: env.length > 0 ? env : null, provideClusterInfo: flags.bool('exec-provide-cluster-info'), interactiveMode: flags.string('exec-interactive-mode') || 'IfAvailable' };
    }
    putEntry(file, 'users', { name, user: values as KubeconfigUser });
    context.out(`User ${JSON.stringify(name)} set.\n`);
  },
};

export const setContext: Command = {
  name: 'set-context', usage: '[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]', summary: 'Set a context entry in kubeconfig',
  flags: { current: flag.bool('Modify the current context'), cluster: flag.string('cluster for the context entry in kubeconfig'), user: flag.string('user for the context entry in kubeconfig'), namespace: flag.string('namespace for the context entry in kubeconfig', { short: 'n' }) },
  run: async (context) => {
    const { args, flags } = context;
    if (args.length > 1) throw new CommandError(`Unexpected args: [${args.join(' ')}]`);
    if (flags.bool('current') && args.length > 0) throw new CommandError('you cannot specify both a context name and --current');
    const name = flags.bool('current') ? mergedConfig(context)['current-context'] : (args[0] ?? '');
    if (name === '') throw new CommandError(flags.bool('current') ? 'no current context is set' : 'you must specify a non-empty context name or --current');
    const file = fileOf(context, 'contexts', name);
    const old = file.config.contexts.find((one) => one.name === name)?.context;
    const values: Values = { cluster: '', user: '', ...old };
    for (const field of ['cluster', 'user', 'namespace']) if (flags.has(field)) values[field] = flags.string(field);
    if (values['namespace'] === '') delete values['namespace'];
    putEntry(file, 'contexts', { name, context: values as { cluster: string; user: string } });
    context.out(`Context ${JSON.stringify(name)} ${old ? 'modified' : 'created'}.\n`);
  },
};
