/** The definition of a custom kind in OpenAPI: its schema, with apiVersion, kind and metadata. */
import type { JSONSchemaProps } from '../../api/generated/apiextensions-v1.ts';

const OBJECT_META = { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] };
const API_VERSION = {
  description: 'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  type: 'string',
};
const KIND = {
  description: 'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  type: 'string',
};
const METADATA = {
  description: "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
  ...OBJECT_META,
};

export function openApiSchema(schema: JSONSchemaProps, gvk: { group: string; version: string; kind: string }, selectable: readonly { readonly jsonPath: string }[] = []): object {
  const { properties, ...rest } = schema;
  return {
    ...rest,
    properties: { ...properties, apiVersion: API_VERSION, kind: KIND, metadata: METADATA },
    'x-kubernetes-group-version-kind': [{ group: gvk.group, kind: gvk.kind, version: gvk.version }],
    ...(selectable.length > 0 && { 'x-kubernetes-selectable-fields': selectable.map(({ jsonPath }) => ({ fieldPath: jsonPath.replace(/^\./, '') })) }),
  };
}
