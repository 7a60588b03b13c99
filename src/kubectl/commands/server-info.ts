import type { KubeJson } from '../kube-json.ts';
import { PRINT_FLAGS, type Command } from '../command.ts';
import { CommandError, UsageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { textAt } from '../kube-json.ts';
import { objectPrinter } from '../printers/object-printer.ts';
import { alignRows } from '../printers/table.ts';
import { yamlText } from '../../apimachinery/codec/yaml.ts';
import { type ApiResource, groupVersion, qualifiedName } from '../resources/rest-mapper.ts';

const CLIENT_VERSION = 'v1.36.0';

export const version: Command = {
  name: 'version', usage: '[flags]', summary: 'Print the client and server version information',
  flags: { client: flag.bool('If true, shows client version only (no server required).'), output: flag.string("One of 'yaml' or 'json'.", { short: 'o' }) },
  run: async (context) => {
    if (context.args.length > 0) throw new CommandError(`extra arguments: [${context.args.join(' ')}]`);
    if (!['', 'json', 'yaml'].includes(context.flags.string('output'))) throw new CommandError("--output must be 'yaml' or 'json'");
    const clientVersion = { gitVersion: CLIENT_VERSION, major: '1', minor: '36', platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}` };
    const isText = context.flags.string('output') === '';
    const serverVersion = context.flags.bool('client') ? undefined : await context.connection.request({ path: '/version' }).catch((error: unknown) => {
      if (isText) context.out(`Client Version: ${CLIENT_VERSION}\n`); // known, whatever the server says
      throw error;
    });
    const all = { clientVersion, ...(serverVersion !== undefined && { serverVersion }) };
    if (context.flags.string('output') === 'json') context.out(`${JSON.stringify(all, null, 2)}\n`);
    else if (context.flags.string('output') === 'yaml') context.out(yamlText(all));
    else context.out(`Client Version: ${CLIENT_VERSION}\n${serverVersion === undefined ? '' : `Server Version: ${textAt(serverVersion, 'gitVersion')}\n`}`);
  },
};

export const apiVersions: Command = {
  name: 'api-versions', usage: '', summary: 'Print the supported API versions on the server, in the form of "group/version"', flags: {},
  run: async (context) => {
    if (context.args.length > 0) throw new UsageError(`unexpected arguments: [${context.args.join(' ')}]`);
    const names = new Set((await context.connection.freshMapper()).resources.map(groupVersion));
    context.out([...names].sort().map((name) => `${name}\n`).join(''));
  },
};

export const apiResources: Command = {
  name: 'api-resources', usage: '[flags]', summary: 'Print the supported API resources on the server',
  flags: {
    'api-group': flag.string('Limit to resources in the specified API group.'), namespaced: flag.bool('If false, non-namespaced resources will be returned.', { default: 'true' }), 'no-headers': flag.bool("Don't print headers."),
    ...PRINT_FLAGS, verbs: flag.list('Limit to resources that support the specified verbs.'), categories: flag.list('Limit to resources that belong to the specified categories.'), 'sort-by': flag.string('name or kind'), cached: flag.bool('Use the cached list of resources if available.'),
  },
  run: async (context) => {
    const { flags } = context;
    if (context.args.length > 0) throw new UsageError(`unexpected arguments: [${context.args.join(' ')}]`);
    const output = flags.string('output');
    const isText = ['', 'name', 'wide'].includes(output);
    const printer = isText ? undefined : objectPrinter(context, { all: ['json', 'kyaml', 'name', 'wide', 'yaml'], keepsOrder: true });
    const chosen = new Map<string, (typeof all)[number]>();
    const all = (await (flags.bool('cached') ? context.connection.mapper() : context.connection.freshMapper())).resources;
    for (const one of all) {
      const isWanted = (!flags.has('api-group') || one.group === flags.string('api-group')) && (!flags.has('namespaced') || one.namespaced === flags.bool('namespaced')) && one.verbs.length > 0
        && flags.list('verbs').every((verb) => one.verbs.includes(verb)) && flags.list('categories').every((category) => one.categories.includes(category));
      if (isWanted && !chosen.has(qualifiedName(one))) chosen.set(qualifiedName(one), one);
    }
    const sorted = [...chosen.values()].sort((a, b) => (a.group === b.group ? (a.resource < b.resource ? -1 : 1) : a.group < b.group ? -1 : 1));
    const by = flags.string('sort-by');
    if (!['', 'name', 'kind'].includes(by)) throw new CommandError('--sort-by accepts only name or kind');
    if (by === 'name' || by === 'kind') sorted.sort((a, b) => ((by === 'name' ? a.resource < b.resource : a.kind < b.kind) ? -1 : 1));
    if (printer) return context.out(printer(resourceList(sorted)));
    if (flags.string('output') === 'name') return context.out(sorted.map((one) => `${qualifiedName(one)}\n`).join(''));
    const isWide = flags.string('output') === 'wide';
    const rows = sorted.map((one) => [one.resource, one.shortNames.join(','), groupVersion(one), String(one.namespaced), one.kind, ...(isWide ? [one.verbs.join(','), one.categories.join(',')] : [])]);
    if (!flags.bool('no-headers')) rows.unshift(['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(isWide ? ['VERBS', 'CATEGORIES'] : [])]);
    return context.out(alignRows(rows));
  },
};

/** All of them in one list, which tells the group of each. */
function resourceList(resources: readonly ApiResource[]): KubeJson {
  const some = (key: string, values: readonly string[]): object => (values.length === 0 ? {} : { [key]: values });
  return {
    kind: 'APIResourceList', apiVersion: 'v1', groupVersion: '',
    resources: resources.map(({ resource, singular, namespaced, group, version, kind, verbs, shortNames, categories }) => ({
      name: resource, singularName: singular, namespaced, ...(group !== '' && { group }), version, kind, verbs, ...some('shortNames', shortNames), ...some('categories', categories),
    })),
  } as unknown as KubeJson;
}
