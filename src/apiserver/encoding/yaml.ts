import { dump } from 'js-yaml';

/** YAML as upstream writes it: JSON's data, keys sorted. */
export function yamlText(object: object): string {
  return dump(object, { sortKeys: true, lineWidth: -1, noRefs: true });
}
