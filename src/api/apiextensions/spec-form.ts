/** Versions of a definition as Kubernetes' server has them in memory: what all of them share stands at the top. Source: apiextensions-apiserver pkg/apis/apiextensions/v1/conversion.go. */
import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { CustomResourceDefinitionVersion } from '../generated/apiextensions-v1.ts';
import { goForm } from '../go-form.ts';

type Version = DeepReadonly<CustomResourceDefinitionVersion>;

export type Part = 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields';

/** Whether all versions say the same of a part: of what may be selected, only those of one schema. */
export function isShared(part: Part, versions: readonly Version[]): boolean {
  if (part === 'selectableFields' && !isShared('schema', versions)) return false;
  return versions.length > 0 && versions.every((version) => isDeepStrictEqual(version[part], versions[0]?.[part]));
}

/** `spec.versions` as messages show it. */
export function shownVersions(versions: readonly Version[] | null): unknown {
  if (versions === null) return null;
  const shown = (part: Part, version: Version): unknown => (isShared(part, versions) ? undefined : version[part]);
  return versions.map((version) => ({
    Name: version.name, Served: version.served, Storage: version.storage, Deprecated: version.deprecated ?? false, DeprecationWarning: version.deprecationWarning ?? null,
    Schema: goForm('apiextensions.v1.CustomResourceValidation', shown('schema', version)), Subresources: goForm('apiextensions.v1.CustomResourceSubresources', shown('subresources', version)),
    AdditionalPrinterColumns: shown('additionalPrinterColumns', version) ?? null, SelectableFields: shown('selectableFields', version) ?? null,
  }));
}
