import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { load } from 'js-yaml';
import type { PluginConfiguration } from '../apiserver/admission/plugin-configuration.ts';
import { isObject } from '../apimachinery/patch/json.ts';

const API_VERSIONS: ReadonlySet<unknown> = new Set(['apiserver.config.k8s.io/v1', 'apiserver.k8s.io/v1alpha1']);

/**
 * Reads the file of `--admission-control-config-file`, an AdmissionConfiguration, with the files that it names: what each plugin is told, by its name. Throws Error, which says
 * what to change. Source: "Using Admission Controllers"; apiserver pkg/admission/config.go.
 */
export function readAdmissionConfiguration(file: string): ReadonlyMap<string, PluginConfiguration> {
  const document = readYaml(file);
  const fail = (why: string): never => {
    throw new Error(`--admission-control-config-file ${file}: ${why}`);
  };
  if (!isObject(document) || document['kind'] !== 'AdmissionConfiguration' || !API_VERSIONS.has(document['apiVersion'])) {
    return fail('it must hold an AdmissionConfiguration of apiserver.config.k8s.io/v1');
  }
  const { plugins = [] } = document;
  if (!Array.isArray(plugins)) return fail('plugins must be a list');
  const configurations = new Map<string, PluginConfiguration>();
  for (const entry of plugins as unknown[]) {
    if (!isObject(entry) || typeof entry['name'] !== 'string') return fail('each of plugins must have a name');
    const { name, configuration, path } = entry;
    if (configurations.has(name)) return fail(`plugin ${JSON.stringify(name)} is configured twice`);
    if (configuration !== undefined && configuration !== null) configurations.set(name, { value: configuration, folder: dirname(resolve(file)) });
    else if (typeof path === 'string' && path !== '') configurations.set(name, readPluginFile(resolve(dirname(file), path)));
  }
  return configurations;
}

function readPluginFile(file: string): PluginConfiguration {
  return { value: readYaml(file), folder: dirname(file) };
}

function readYaml(file: string): unknown {
  try {
    return load(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`--admission-control-config-file: unable to read ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
