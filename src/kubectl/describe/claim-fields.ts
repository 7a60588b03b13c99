import { at, textAt } from '../kube-json.ts';

/** Of a volume or a claim. The annotation is older than the field, and goes before it. */
export function storageClassOf(object: unknown): string {
  return textAt(object, 'metadata', 'annotations', 'volume.beta.kubernetes.io/storage-class') || textAt(object, 'spec', 'storageClassName');
}

/** What a claim's volume is to be filled from. */
export function dataSourceLines(spec: unknown): string[] {
  const source = at(spec, 'dataSource');
  if (source === undefined) return [];
  return ['DataSource:', ...(textAt(source, 'apiGroup') ? [`  APIGroup:\t${textAt(source, 'apiGroup')}`] : []), `  Kind:\t${textAt(source, 'kind')}`, `  Name:\t${textAt(source, 'name')}`];
}
