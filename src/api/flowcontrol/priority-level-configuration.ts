import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { PriorityLevelConfiguration } from '../generated/flowcontrol-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { keepSpecAndMetadata, keepStatus } from '../status-fields.ts';
import { validateConditions } from './condition-validation.ts';
import { validatePriorityLevel } from './validation.ts';
import { anew } from '../update-orders.ts';

const columns: readonly Column<PriorityLevelConfiguration>[] = [
  nameColumn,
  textColumn('Type', '`type` indicates whether this priority level is subject to limitation on request execution.  A value of `"Exempt"` means that requests of this priority level are not subject to a limit (and thus are never queued) and do not detract from the capacity made available to other priority levels.  A value of `"Limited"` means that (a) requests of this priority level _are_ subject to limits and (b) some of the server\'s limited capacity is made available exclusively to this priority level. Required.', ({ spec }) => spec.type),
  textColumn('NominalConcurrencyShares', '`nominalConcurrencyShares` (NCS) contributes to the computation of the NominalConcurrencyLimit (NominalCL) of this level. This is the number of execution seats available at this priority level. This is used both for requests dispatched from this priority level as well as requests dispatched from other priority levels borrowing seats from this level. The server\'s concurrency limit (ServerCL) is divided among the Limited priority levels in proportion to their NCS values:\n\nNominalCL(i)  = ceil( ServerCL * NCS(i) / sum_ncs ) sum_ncs = sum[priority level k] NCS(k)\n\nBigger numbers mean a larger nominal concurrency limit, at the expense of every other priority level.\n\nIf not specified, this field defaults to a value of 30.\n\nSetting this field to zero supports the construction of a "jail" for this priority level that is used to hold some request(s)', ({ spec }) => spec.limited?.nominalConcurrencyShares ?? '<none>'),
  textColumn('Queues', '`queues` is the number of queues for this priority level. The queues exist independently at each apiserver. The value must be positive.  Setting it to 1 effectively precludes shufflesharding and thus makes the distinguisher method of associated flow schemas irrelevant.  This field has a default value of 64.', ({ spec }) => spec.limited?.limitResponse.queuing?.queues ?? '<none>'),
  textColumn('HandSize', "`handSize` is a small positive number that configures the shuffle sharding of requests into queues.  When enqueuing a request at this priority level the request's flow identifier (a string pair) is hashed and the hash value is used to shuffle the list of queues and deal a hand of the size specified here.  The request is put into one of the shortest queues in that hand. `handSize` must be no larger than `queues`, and should be significantly smaller (so that a few heavy flows do not saturate most of the queues).  See the user-facing documentation for more extensive guidance on setting this field.  This field has a default value of 8.", ({ spec }) => spec.limited?.limitResponse.queuing?.handSize ?? '<none>'),
  textColumn('QueueLengthLimit', '`queueLengthLimit` is the maximum number of requests allowed to be waiting in a given queue of this priority level at a time; excess requests are rejected.  This value must be positive.  If not specified, it will be defaulted to 50.', ({ spec }) => spec.limited?.limitResponse.queuing?.queueLengthLimit ?? '<none>'),
  ageColumn,
];

export const priorityLevelConfiguration: KindDefinition<PriorityLevelConfiguration> = defineKind<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io', kind: 'PriorityLevelConfiguration', resource: 'prioritylevelconfigurations', namespaced: false,
  versions: [{ version: 'v1', message: 'flowcontrol.v1.PriorityLevelConfiguration' }],
  updateRules: anew,
  hasGeneration: true,
  subresources: { status: { prepareForUpdate: keepSpecAndMetadata, validateUpdate: validateConditions } },
  resetFields: { '': ['status'], status: ['metadata', 'spec'] },
  default({ spec }) {
    if (!spec) return;
    if (spec.exempt) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    }
    const { limited } = spec;
    if (!limited) return;
    limited.nominalConcurrencyShares ??= 30;
    limited.lendablePercent ??= 0;
    const queuing = limited.limitResponse.queuing;
    if (!queuing) return;
    queuing.handSize ||= 8;
    queuing.queues ||= 64;
    queuing.queueLengthLimit ||= 50;
  },
  prepareForCreate(object) {
    object.status = {};
  },
  validate: validatePriorityLevel,
  prepareForUpdate: keepStatus,
  columns,
});
