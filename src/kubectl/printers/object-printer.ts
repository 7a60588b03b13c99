import type { CommandContext } from '../command.ts';
import { CommandError } from '../errors.ts';
import type { KubeJson } from '../kube-json.ts';
import type { ApiResource } from '../resources/rest-mapper.ts';
import { objectLabel } from '../resources/rest-mapper.ts';
import { GoTemplate } from './go-template.ts';
import { JsonPath } from './json-path.ts';
import { goSyntax } from './go-format.ts';
import { kyamlText } from './kyaml.ts';
import { readTemplate } from './template-file.ts';
import { yamlText } from '../../apimachinery/codec/yaml.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

/** Prints one object (or a List) in the format of `-o`. */
export type ObjectPrinter = (object: KubeJson, resource?: ApiResource) => string;

const FORMATS = ['go-template', 'go-template-file', 'json', 'jsonpath', 'jsonpath-as-json', 'jsonpath-file', 'kyaml', 'name', 'template', 'templatefile', 'yaml'];

/** `more`: formats that the caller prints itself; `all`: the only ones that are told of. `keepsOrder`: fields are printed as they stand, and not by name. */
export interface PrinterOptions {
  readonly more?: readonly string[];
  readonly all?: readonly string[];
  readonly keepsOrder?: boolean;
}

/** The printer of `-o`; undefined without one. Throws for a format that there is none of. */
export function objectPrinter(context: CommandContext, { more = [], all = [...FORMATS, ...more], keepsOrder = false }: PrinterOptions = {}): ObjectPrinter | undefined {
  const { flags } = context;
  const output = flags.string('output') || (flags.string('template') ? 'go-template' : '');
  if (output === '') return undefined;
  const equals = output.indexOf('=');
  const format = formatOf(output);
  const argument = equals < 0 ? flags.string('template') : output.slice(equals + 1);
  const strip = (object: KubeJson): KubeJson => (flags.bool('show-managed-fields') ? object : withoutManagedFields(object));
  const ordered = (object: KubeJson): unknown => (keepsOrder ? strip(object) : sortKeys(strip(object)));
  const allowsMissing = flags.bool('allow-missing-template-keys');
  const needArgument = (): string => {
    if (argument === '') throw new CommandError(`template format specified but no template given`);
    return argument;
  };
  switch (format) {
    case 'json': return (object) => `${stringifyWhole(ordered(object), null, 4)}\n`;
    case 'yaml': return yamlPrinter(strip);
    case 'kyaml': return (object) => kyamlText(ordered(object));
    case 'name': return (object, resource) => `${nameOf(object, resource)}\n`;
    case 'jsonpath': case 'jsonpath-file': {
      const template = format === 'jsonpath' ? needArgument() : readTemplate(needArgument(), '--template');
      const path = new JsonPath(template, { allowsMissing });
      return (object) => {
        try {
          return path.render(object);
        } catch (error) {
          if (!(error instanceof CommandError)) throw error;
          const words = `Error executing template: ${error.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n`;
          throw new CommandError(`error executing jsonpath ${JSON.stringify(template)}: ${words}`, { cause: error });
        }
      };
    }
    case 'jsonpath-as-json': {
      const path = new JsonPath(needArgument(), { allowsMissing });
      return (object) => `${stringifyWhole(path.find(object).map((value) => sortKeys(value)), null, 4)}\n`;
    }
    case 'go-template': case 'template': case 'go-template-file': case 'templatefile': {
      const template = new GoTemplate(format.endsWith('file') ? readTemplate(needArgument(), '--template') : needArgument(), { allowsMissing });
      return (object) => template.render(object);
    }
    default: throw new CommandError(`unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${[...all].sort().join(',')}`);
  }
}

/** `JSON` is `json`; what comes after `=` belongs to templates only. */
export function formatOf(output: string): string {
  const lower = output.toLowerCase();
  if (['json', 'yaml', 'kyaml', 'name'].includes(lower)) return lower;
  const name = output.split('=', 1)[0] ?? '';
  return ['json', 'yaml', 'kyaml', 'name'].includes(name) ? output : name;
}

/** Documents after the first are set apart. */
function yamlPrinter(strip: (object: KubeJson) => KubeJson): ObjectPrinter {
  let count = 0;
  return (object) => `${count++ > 0 ? '---\n' : ''}${yamlText(strip(object))}`;
}

function nameOf(object: KubeJson, resource: ApiResource | undefined): string {
  const name = object.metadata?.name || '<unknown>';
  if (resource) return objectLabel(resource, name);
  const [group] = (object.apiVersion ?? '').includes('/') ? (object.apiVersion ?? '').split('/') : [''];
  return `${(object.kind ?? '').toLowerCase()}${group ? `.${group}` : ''}/${name}`;
}

function withoutManagedFields(object: KubeJson): KubeJson {
  const items = object['items'];
  if (object.kind?.endsWith('List') && Array.isArray(items)) return { ...object, items: (items as KubeJson[]).map(withoutManagedFields) };
  if (!object.metadata?.managedFields) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const map = value as Record<string, unknown>;
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(map).sort()) copy[key] = sortKeys(map[key]);
  return copy;
}

/** Before a write: throws for a format of `-o` that there is none of. */
export function checkOutput(context: CommandContext): void {
  objectPrinter(context);
}

/** After a write: `pod/web created`, or the object in the format of `-o`. */
export function printResult(context: CommandContext, resource: ApiResource, object: KubeJson, operation: string): void {
  const printer = context.flags.knows('output') ? objectPrinter(context) : undefined;
  context.out(printer ? printer(object, resource) : `${objectLabel(resource, object.metadata.name ?? '')} ${operation}\n`);
}
