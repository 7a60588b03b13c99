import { readFileSync } from 'node:fs';
import type { Kubeconfig } from '../../../pki/kubeconfig.ts';
import { PRINT_FLAGS, type Command } from '../../command.ts';
import { mergedConfig } from '../../config/kubeconfig-editor.ts';
import { CommandError, ManyErrors, UsageError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import type { KubeJson } from '../../kube-json.ts';
import { objectPrinter } from '../../printers/object-printer.ts';
import { alignRows } from '../../printers/table.ts';

export const currentContext: Command = {
  name: 'current-context', usage: '', summary: 'Display the current-context', flags: {},
  run: async (context) => {
    const current = mergedConfig(context)['current-context'];
    if (current === '') throw new CommandError('current-context is not set');
    context.out(`${current}\n`);
  },
};

const names = (all: readonly { readonly name: string }[]): string => ['NAME', ...all.map((one) => one.name).sort()].map((name) => `${name}\n`).join('');

export const getClusters: Command = { name: 'get-clusters', usage: '', summary: 'Display clusters defined in the kubeconfig', flags: {}, run: async (context) => context.out(names(mergedConfig(context).clusters)) };
export const getUsers: Command = { name: 'get-users', usage: '', summary: 'Display users defined in the kubeconfig', flags: {}, run: async (context) => context.out(names(mergedConfig(context).users)) };

export const getContexts: Command = {
  name: 'get-contexts', usage: '[(-o|--output=)name)]', summary: 'Describe one or many contexts', flags: { 'no-headers': flag.bool("When using the default or custom-column output format, don't print headers."), output: flag.string('Output format. One of: (name).', { short: 'o' }) },
  run: async (context) => {
    const { flags, args } = context;
    const output = flags.string('output');
    if (output !== '' && output !== 'name') throw new UsageError(`output must be one of '' or 'name': ${output}`);
    const { contexts, 'current-context': current } = mergedConfig(context);
    const wanted = contexts.filter((one) => args.length === 0 || args.includes(one.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
    const rows = wanted.map(({ name, context: one }) => [name === current ? '*' : '', name, one.cluster, one.user, one.namespace ?? '']);
    if (output === 'name') context.out(wanted.map((one) => `${one.name}\n`).join(''));
    else context.out(alignRows(flags.bool('no-headers') ? rows : [['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE'], ...rows]));
    const missing = args.filter((name) => !contexts.some((one) => one.name === name)).map((name) => new CommandError(`context ${name} not found`));
    if (missing.length > 0) throw missing.length === 1 ? missing[0] : new ManyErrors(missing);
  },
};

export const view: Command = {
  name: 'view', usage: '[flags]', summary: 'Display merged kubeconfig settings or a specified kubeconfig file',
  flags: {
    ...PRINT_FLAGS, output: { ...(PRINT_FLAGS['output'] ?? flag.string('')), default: 'yaml' }, raw: flag.bool('Display raw byte data and sensitive data'), merge: flag.bool('Merge the full hierarchy of kubeconfig files', { default: 'true' }),
    flatten: flag.bool('Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)'), minify: flag.bool('Remove all information not used by current-context from the output'),
  },
  run: async (context) => {
    if (context.args.length > 0) throw new UsageError(`unexpected arguments: [${context.args.join(' ')}]`);
    const { flags } = context;
    let config = mergedConfig(context);
    if (flags.bool('minify')) config = minified(config, flags.string('context') || config['current-context']);
    if (flags.bool('flatten')) config = flattened(config);
    const isSecret = !flags.bool('raw') && !flags.bool('flatten');
    const shown = isSecret ? redacted(config) : config;
    const sorted = (all: readonly { name: string }[]): object[] | null => (all.length === 0 ? null : [...all].sort((a, b) => (a.name < b.name ? -1 : 1)));
    const whole = { ...shown, ...(Object.keys(shown.preferences ?? {}).length === 0 && { preferences: undefined }), clusters: sorted(shown.clusters), contexts: sorted(shown.contexts), users: sorted(shown.users) };
    context.out(objectPrinter(context, { keepsOrder: true })?.(inFileOrder(whole) as KubeJson) ?? '');
  },
};

const ORDER = ['kind', 'apiVersion', 'preferences', 'clusters', 'users', 'contexts', 'current-context', 'name', 'cluster', 'user', 'context', 'namespace', 'server', 'tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority', 'certificate-authority-data', 'client-certificate', 'client-certificate-data', 'client-key', 'client-key-data', 'token', 'tokenFile'];

/** JSON of a kubeconfig has its fields in the order of the format, not of the alphabet. */
function inFileOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inFileOrder);
  if (typeof value !== 'object' || value === null) return value;
  const rank = (key: string): number => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => rank(a) - rank(b)).map(([key, one]) => [key, inFileOrder(one)]));
}

function minified(config: Kubeconfig, name: string): Kubeconfig {
  if (name === '') throw new CommandError('current-context must exist in order to minify');
  const found = config.contexts.find((one) => one.name === name);
  if (!found) throw new CommandError(`cannot locate context ${name}`);
  return { ...config, 'current-context': name, contexts: [found], clusters: config.clusters.filter((one) => one.name === found.context.cluster), users: config.users.filter((one) => one.name === found.context.user) };
}

const FILES = ['certificate-authority', 'client-certificate', 'client-key'];
const DATA = ['certificate-authority-data', 'client-certificate-data', 'client-key-data'];
const SECRETS = ['token', 'password'];

/** Files become data. */
function flattened(config: Kubeconfig): Kubeconfig {
  const inline = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).map(([key, one]) => (FILES.includes(key) ? [`${key}-data`, readFileSync(String(one)).toString('base64')] : [key, one as unknown]))) as T;
  return { ...config, clusters: config.clusters.map((one) => ({ ...one, cluster: inline(one.cluster) })), users: config.users.map((one) => ({ ...one, user: inline(one.user) })) };
}

function redacted(config: Kubeconfig): Kubeconfig {
  const hide = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).map(([key, one]) => [key, DATA.includes(key) ? 'DATA+OMITTED' : SECRETS.includes(key) ? 'REDACTED' : (one as unknown)])) as T;
  return { ...config, clusters: config.clusters.map((one) => ({ ...one, cluster: hide(one.cluster) })), users: config.users.map((one) => ({ ...one, user: hide(one.user) })) };
}
