import type { Command, CommandContext } from '../command.ts';
import { CommandError } from '../errors.ts';
import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { flag } from '../flags.ts';
import { listAt } from '../kube-json.ts';
import { type ApiResource, groupVersion, NoMatch } from '../resources/rest-mapper.ts';
import { explainText } from './explain/plain-text.ts';
import { explainOldText } from './explain/plain-text-openapiv2.ts';
import { SchemaDocument } from './explain/schema-document.ts';

export const explain: Command = {
  name: 'explain', usage: 'TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]', summary: 'Get documentation for a resource',
  flags: {
    recursive: flag.bool('When true, print the name of all the fields recursively.', { short: 'R' }), 'api-version': flag.string('Use given api-version (group/version) of the resource.'),
    output: flag.string("Format in which to render the schema (plaintext, plaintext-openapiv2).", { short: 'o', default: 'plaintext' }),
  },
  run: async (context) => {
    const { args, connection, flags } = context;
    const [word] = args;
    if (word === undefined) throw new CommandError('You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.');
    if (args.length > 1) throw new CommandError('We accept only this format: explain RESOURCE');
    const output = flags.string('output');
    if (output !== 'plaintext' && output !== 'plaintext-openapiv2') throw new CommandError(`unrecognized format: ${output}`);
    const { resource, path } = await connection.lookUp((mapper) => findResource(mapper.resources, word, flags.string('api-version')));
    const isOld = output === 'plaintext-openapiv2';
    const document = await schemaOf(context, resource, isOld);
    const options = { resource, path, isRecursive: flags.bool('recursive') };
    if (isOld) context.out(explainOldText(document, options));
    else for (const part of explainText(document, options)) context.out(part);
  },
};

/** `pods.spec`, `deployments.apps.spec`, `deployments.v1.apps.spec`: the longest start that names a resource, and the fields after it. */
function findResource(all: readonly ApiResource[], word: string, apiVersion: string): { resource: ApiResource; path: string[] } {
  const parts = word.split('.').filter((part, index) => part !== '' || index === 0);
  if (parts[0] === '') throw new CommandError('invalid jsonpath syntax, first node must be field node');
  const first = (parts[0] ?? '').toLowerCase();
  const named = all.filter((one) => [one.resource, one.singular, one.kind.toLowerCase(), ...one.shortNames].includes(first));
  if (named.length === 0) throw new NoMatch(`the server doesn't have a resource type ${JSON.stringify(parts[0])}`, { isBare: true });
  if (apiVersion !== '') {
    const resource = named.find((one) => groupVersion(one) === apiVersion);
    if (!resource) throw new CommandError(`couldn't find resource for "${apiVersion}, Resource=${named[0]?.resource}"`);
    return { resource, path: parts.slice(1) };
  }
  const rest = parts.slice(1).join('.');
  const startsWith = (prefix: string): boolean => prefix !== '' && (rest === prefix || rest.startsWith(`${prefix}.`));
  for (const one of named) {
    for (const prefix of [`${one.version}.${one.group}`, one.group]) {
      if (one.group !== '' && startsWith(prefix)) return { resource: one, path: rest.slice(prefix.length + 1).split('.').filter(Boolean) };
    }
  }
  const exact = named.find((one) => one.resource === first) ?? named[0];
  if (!exact) throw new Error('a resource was found before');
  return { resource: exact, path: parts.slice(1) };
}

/** The document of the resource's group, and the schema of its kind in it. */
async function schemaOf(context: CommandContext, resource: ApiResource, isOld: boolean): Promise<SchemaDocument> {
  const version = groupVersion(resource);
  const path = isOld ? '/openapi/v2' : `/openapi/v3/${resource.group === '' ? 'api' : 'apis'}/${version}`;
  const document = await context.connection.request({ path, headers: { accept: 'application/json' } });
  const schemas = isOld ? (document as { definitions?: unknown }).definitions : (document as { components?: { schemas?: unknown } }).components?.schemas;
  const all = isObject(schemas) ? (schemas as Record<string, JsonObject>) : {};
  const root = Object.values(all).find((schema) => listAt(schema, 'x-kubernetes-group-version-kind').some((one) => one['group'] === resource.group && one['version'] === resource.version && one['kind'] === resource.kind));
  if (!root) throw new CommandError(`GVK ${version}, Kind=${resource.kind} not found in OpenAPI schema`);
  return new SchemaDocument(all, root);
}
