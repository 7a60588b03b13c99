import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `node.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const nodeV1Schema: SchemaPackage = definePackage('node.v1', 'io.k8s.api.node.v1', {
  Overhead: `
    podFixed 1 {}Quantity milli`,
  RuntimeClass: `
    metadata 1 meta.v1.ObjectMeta default={}
    handler 2 string required default=""
    overhead 3 Overhead
    scheduling 4 Scheduling`,
  RuntimeClassList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []RuntimeClass required`,
  Scheduling: `
    nodeSelector 1 {}string map=atomic
    tolerations 2 []core.v1.Toleration list=atomic`,
});
