import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `apiextensions.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const apiextensionsV1Schema: SchemaPackage = definePackage('apiextensions.v1', 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1', {
  CustomResourceColumnDefinition: `
    name 1 string required default=""
    type 2 string required default=""
    format 3 string omitzero
    description 4 string omitzero
    priority 5 int32 omitzero
    jsonPath 6 string required default=""`,
  CustomResourceConversion: `
    strategy 1 string required default=""
    webhook 2 WebhookConversion`,
  CustomResourceDefinition: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 CustomResourceDefinitionSpec required default={}
    status 3 CustomResourceDefinitionStatus default={}`,
  CustomResourceDefinitionCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastTransitionTime 3 Time null
    reason 4 string omitzero
    message 5 string omitzero
    observedGeneration 6 int64 omitzero`,
  CustomResourceDefinitionList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []CustomResourceDefinition required`,
  CustomResourceDefinitionNames: `
    plural 1 string required default=""
    singular 2 string omitzero
    shortNames 3 []string list=atomic
    kind 4 string required default=""
    listKind 5 string omitzero
    categories 6 []string list=atomic`,
  CustomResourceDefinitionSpec: `
    group 1 string required default=""
    names 3 CustomResourceDefinitionNames required default={}
    scope 4 string required default=""
    versions 7 []CustomResourceDefinitionVersion required list=atomic
    conversion 9 CustomResourceConversion
    preserveUnknownFields 10 bool omitzero`,
  CustomResourceDefinitionStatus: `
    conditions 1 []CustomResourceDefinitionCondition null list=map:type
    acceptedNames 2 CustomResourceDefinitionNames default={}
    storedVersions 3 []string null list=atomic
    observedGeneration 4 int64 omitzero`,
  CustomResourceDefinitionVersion: `
    name 1 string required default=""
    served 2 bool required default=false
    storage 3 bool required default=false
    deprecated 7 bool omitzero
    deprecationWarning 8 string
    schema 4 CustomResourceValidation
    subresources 5 CustomResourceSubresources
    additionalPrinterColumns 6 []CustomResourceColumnDefinition list=atomic
    selectableFields 9 []SelectableField list=atomic`,
  CustomResourceSubresourceScale: `
    specReplicasPath 1 string required default=""
    statusReplicasPath 2 string required default=""
    labelSelectorPath 3 string`,
  CustomResourceSubresourceStatus: '',
  CustomResourceSubresources: `
    status 1 CustomResourceSubresourceStatus
    scale 2 CustomResourceSubresourceScale`,
  CustomResourceValidation: `
    openAPIV3Schema 1 JSONSchemaProps`,
  ExternalDocumentation: `
    description 1 string omitzero
    url 2 string omitzero`,
  JSONSchemaProps: `
    id 1 string omitzero
    $schema 2 string omitzero
    $ref 3 string
    description 4 string omitzero
    type 5 string omitzero
    format 6 string omitzero
    title 7 string omitzero
    default 8 JSON
    maximum 9 double
    exclusiveMaximum 10 bool omitzero
    minimum 11 double
    exclusiveMinimum 12 bool omitzero
    maxLength 13 int64
    minLength 14 int64
    pattern 15 string omitzero
    maxItems 16 int64
    minItems 17 int64
    uniqueItems 18 bool omitzero
    multipleOf 19 double
    enum 20 []JSON list=atomic
    maxProperties 21 int64
    minProperties 22 int64
    required 23 []string list=atomic
    items 24 JSONSchemaPropsOrArray
    allOf 25 []JSONSchemaProps list=atomic
    oneOf 26 []JSONSchemaProps list=atomic
    anyOf 27 []JSONSchemaProps list=atomic
    not 28 JSONSchemaProps
    properties 29 {}JSONSchemaProps
    additionalProperties 30 JSONSchemaPropsOrBool
    patternProperties 31 {}JSONSchemaProps
    dependencies 32 {}JSONSchemaPropsOrStringArray
    additionalItems 33 JSONSchemaPropsOrBool
    definitions 34 {}JSONSchemaProps
    externalDocs 35 ExternalDocumentation
    example 36 JSON
    nullable 37 bool omitzero
    x-kubernetes-preserve-unknown-fields 38 bool
    x-kubernetes-embedded-resource 39 bool omitzero
    x-kubernetes-int-or-string 40 bool omitzero
    x-kubernetes-list-map-keys 41 []string list=atomic
    x-kubernetes-list-type 42 string
    x-kubernetes-map-type 43 string
    x-kubernetes-validations 44 []ValidationRule list=map:rule patch=merge:rule`,
  SelectableField: `
    jsonPath 1 string required default=""`,
  ServiceReference: `
    namespace 1 string required default=""
    name 2 string required default=""
    path 3 string
    port 4 int32`,
  ValidationRule: `
    rule 1 string required default=""
    message 2 string omitzero
    messageExpression 3 string omitzero
    reason 4 string
    fieldPath 5 string omitzero
    optionalOldSelf 6 bool`,
  WebhookClientConfig: `
    url 3 string
    service 1 ServiceReference
    caBundle 2 bytes`,
  WebhookConversion: `
    clientConfig 2 WebhookClientConfig
    conversionReviewVersions 3 []string required list=atomic`,
});
