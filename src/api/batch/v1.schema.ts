import { definePackage, type SchemaPackage } from '../../apimachinery/schema/package.ts';

/** The messages of `batch.v1`; the notation is explained in apimachinery/schema/package.ts. */
export const batchV1Schema: SchemaPackage = definePackage('batch.v1', 'io.k8s.api.batch.v1', {
  CronJob: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 CronJobSpec required default={}
    status 3 CronJobStatus default={}`,
  CronJobList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []CronJob required`,
  CronJobSpec: `
    schedule 1 string required default=""
    timeZone 8 string
    startingDeadlineSeconds 2 int64
    concurrencyPolicy 3 string omitzero enum=Allow|Forbid|Replace
    suspend 4 bool
    jobTemplate 5 JobTemplateSpec required default={}
    successfulJobsHistoryLimit 6 int32
    failedJobsHistoryLimit 7 int32`,
  CronJobStatus: `
    active 1 []core.v1.ObjectReference list=atomic
    lastScheduleTime 4 Time
    lastSuccessfulTime 5 Time`,
  Job: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 JobSpec default={}
    status 3 JobStatus default={}`,
  JobCondition: `
    type 1 string required default=""
    status 2 string required default=""
    lastProbeTime 3 Time null
    lastTransitionTime 4 Time null
    reason 5 string omitzero
    message 6 string omitzero`,
  JobList: `
    metadata 1 meta.v1.ListMeta default={}
    items 2 []Job required`,
  JobSpec: `
    parallelism 1 int32
    completions 2 int32
    activeDeadlineSeconds 3 int64
    podFailurePolicy 11 PodFailurePolicy
    successPolicy 16 SuccessPolicy
    backoffLimit 7 int32
    backoffLimitPerIndex 12 int32
    maxFailedIndexes 13 int32
    selector 4 meta.v1.LabelSelector
    manualSelector 5 bool
    template 6 core.v1.PodTemplateSpec required default={}
    ttlSecondsAfterFinished 8 int32
    completionMode 9 string enum=Indexed|NonIndexed
    suspend 10 bool
    podReplacementPolicy 14 string enum=Failed|TerminatingOrFailed
    managedBy 15 string`,
  JobStatus: `
    conditions 1 []JobCondition list=atomic patch=merge:type
    startTime 2 Time
    completionTime 3 Time
    active 4 int32 omitzero
    succeeded 5 int32 omitzero
    failed 6 int32 omitzero
    terminating 11 int32
    completedIndexes 7 string omitzero
    failedIndexes 10 string
    uncountedTerminatedPods 8 UncountedTerminatedPods
    ready 9 int32`,
  JobTemplateSpec: `
    metadata 1 meta.v1.ObjectMeta default={}
    spec 2 JobSpec default={}`,
  PodFailurePolicy: `
    rules 1 []PodFailurePolicyRule required list=atomic`,
  PodFailurePolicyOnExitCodesRequirement: `
    containerName 1 string
    operator 2 string required default="" enum=In|NotIn
    values 3 []int32 required list=set`,
  PodFailurePolicyOnPodConditionsPattern: `
    type 1 string required default=""
    status 2 string default=""`,
  PodFailurePolicyRule: `
    action 1 string required default="" enum=Count|FailIndex|FailJob|Ignore
    onExitCodes 2 PodFailurePolicyOnExitCodesRequirement
    onPodConditions 3 []PodFailurePolicyOnPodConditionsPattern list=atomic`,
  SuccessPolicy: `
    rules 1 []SuccessPolicyRule required list=atomic`,
  SuccessPolicyRule: `
    succeededIndexes 1 string
    succeededCount 2 int32`,
  UncountedTerminatedPods: `
    succeeded 1 []string list=set
    failed 2 []string list=set`,
});
