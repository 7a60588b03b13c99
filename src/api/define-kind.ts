import type { KubeObject } from '../apimachinery/meta.ts';
import { subdomainName } from '../apimachinery/validation/names.ts';
import type { KindDeclaration, KindDefinition } from './kind.ts';

/** Completes a declaration with what holds for most kinds. */
export function defineKind<T extends KubeObject>(declaration: KindDeclaration<T>): KindDefinition<T> {
  const { subresources, ...rest } = declaration;
  const preferred = declaration.versions[0];
  if (!preferred) throw new RangeError(`kind ${declaration.kind} has no version`);
  return {
    singular: declaration.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    stored: true,
    storageVersion: preferred.version,
    listKind: `${declaration.kind}List`,
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    allowCreateOnUpdate: false,
    allowUnconditionalUpdate: true,
    hasGeneration: false,
    validateName: subdomainName,
    updateRules: ['metadataUpdate', 'metadata', 'validate', 'validateUpdate'],
    validatesMetadata: true,
    selectableFields: {},
    columns: [],
    deleteReturnsObject: false,
    ...rest,
    subresources: { others: [], ...subresources },
  };
}
