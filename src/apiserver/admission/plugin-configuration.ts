import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';

/** What `--admission-control-config-file` says to one plugin. */
export interface PluginConfiguration {
  /** The parsed document; each plugin checks it. */
  readonly value: unknown;
  /** Where files are that the document names by relative paths. */
  readonly folder: string;
}

/**
 * The document of one plugin as an object of the kind it must be, one of `apiVersions`. Throws RangeError, which says what is wrong with it, for another kind
 * and for fields not in `fields`.
 */
export function configurationOf(configuration: PluginConfiguration, expected: { readonly kind: string; readonly apiVersions: readonly string[]; readonly fields: readonly string[] }): JsonObject {
  const { value } = configuration;
  if (!isObject(value)) throw new RangeError(`the configuration must be an object of kind ${expected.kind}`);
  const { apiVersion, kind, ...fields } = value;
  if (kind !== expected.kind || !expected.apiVersions.includes(String(apiVersion))) {
    throw new RangeError(`expected kind ${expected.kind} of ${expected.apiVersions.join(' or ')}, got kind ${JSON.stringify(kind ?? '')} of ${JSON.stringify(apiVersion ?? '')}`);
  }
  const unknown = Object.keys(fields).filter((name) => !expected.fields.includes(name));
  if (unknown.length > 0) throw new RangeError(`unknown field ${JSON.stringify(unknown[0])}`);
  return fields;
}
