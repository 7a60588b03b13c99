import { SchemaRegistry } from '../apimachinery/schema/package.ts';
import { admissionregistrationV1Schema } from './admissionregistration/v1.schema.ts';
import { appsV1Schema } from './apps/v1.schema.ts';
import { authenticationV1Schema } from './authentication/v1.schema.ts';
import { authorizationV1Schema } from './authorization/v1.schema.ts';
import { autoscalingV1Schema } from './autoscaling/v1.schema.ts';
import { autoscalingV2Schema } from './autoscaling/v2.schema.ts';
import { batchV1Schema } from './batch/v1.schema.ts';
import { certificatesV1Schema } from './certificates/v1.schema.ts';
import { coordinationV1Schema } from './coordination/v1.schema.ts';
import { coreV1Schema } from './core/v1.schema.ts';
import { discoveryV1Schema } from './discovery/v1.schema.ts';
import { eventsV1Schema } from './events/v1.schema.ts';
import { flowcontrolV1Schema } from './flowcontrol/v1.schema.ts';
import { networkingV1Schema } from './networking/v1.schema.ts';
import { nodeV1Schema } from './node/v1.schema.ts';
import { policyV1Schema } from './policy/v1.schema.ts';
import { rbacV1Schema } from './rbac/v1.schema.ts';
import { resourceV1Schema } from './resource/v1.schema.ts';
import { schedulingV1Schema } from './scheduling/v1.schema.ts';
import { storageV1Schema } from './storage/v1.schema.ts';
import { apiextensionsV1Schema } from './apiextensions/v1.schema.ts';
import { metaV1Schema } from './meta/v1.schema.ts';
import { apiregistrationV1Schema } from './apiregistration/v1.schema.ts';

/** Every message of the built-in kinds, by its short name (`core.v1.PodSpec`). Messages are parsed on first use. */
export const schemas: SchemaRegistry = new SchemaRegistry([
  admissionregistrationV1Schema,
  appsV1Schema,
  authenticationV1Schema,
  authorizationV1Schema,
  autoscalingV1Schema,
  autoscalingV2Schema,
  batchV1Schema,
  certificatesV1Schema,
  coordinationV1Schema,
  coreV1Schema,
  discoveryV1Schema,
  eventsV1Schema,
  flowcontrolV1Schema,
  networkingV1Schema,
  nodeV1Schema,
  policyV1Schema,
  rbacV1Schema,
  resourceV1Schema,
  schedulingV1Schema,
  storageV1Schema,
  apiextensionsV1Schema,
  metaV1Schema,
  apiregistrationV1Schema,
]);
