import { timeSince } from '../../apimachinery/human-duration.ts';
import { ageColumn, booleanColumn, booleanText, containersText, imagesText, integerColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { CronJob } from '../generated/batch-v1.ts';
import type { Column, KindDefinition } from '../kind.ts';
import { labelSelectorText } from '../label-selector-text.ts';
import { keepStatus } from '../status-fields.ts';
import { cronJobWarnings, validateCronJobUpdate, validateNewCronJob } from './cron-job-validation.ts';
import { defaultJobTemplate } from './job-defaults.ts';
import { changesAndSpec } from '../update-orders.ts';

const columns: readonly Column<CronJob>[] = [
  nameColumn,
  textColumn('Schedule', 'The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.', ({ spec }) => spec.schedule),
  textColumn('Timezone', 'The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones. If not specified, this will default to the time zone of the kube-controller-manager process. The set of valid time zone names and the time zone offset is loaded from the system-wide time zone database by the API server during CronJob validation and the controller manager during execution. If no system-wide time zone database can be found a bundled version of the database is used instead. If the time zone name becomes invalid during the lifetime of a CronJob or due to a change in host configuration, the controller will stop creating new new Jobs and will create a system event with the reason UnknownTimeZone. More information can be found in https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones', ({ spec }) => spec.timeZone ?? '<none>'),
  booleanColumn('Suspend', 'This flag tells the controller to suspend subsequent executions, it does not apply to already started executions.  Defaults to false.', ({ spec }) => booleanText(spec.suspend)),
  integerColumn('Active', 'A list of pointers to currently running jobs.', ({ status }) => status.active?.length ?? 0),
  textColumn('Last Schedule', 'Information when was the last time the job was successfully scheduled.', ({ status }, nowMs) => (status.lastScheduleTime ? timeSince(status.lastScheduleTime, nowMs) : '<none>')),
  ageColumn,
  wideColumn('Containers', 'Names of each container in the template.', ({ spec }) => containersText(spec.jobTemplate.spec.template.spec?.containers)),
  wideColumn('Images', 'Images referenced by each container in the template.', ({ spec }) => imagesText(spec.jobTemplate.spec.template.spec?.containers)),
  wideColumn('Selector', 'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors', ({ spec }) => labelSelectorText(spec.jobTemplate.spec.selector)),
];

export const cronJob: KindDefinition<CronJob> = defineKind<CronJob>({
  group: 'batch', kind: 'CronJob', resource: 'cronjobs', namespaced: true, shortNames: ['cj'], categories: ['all'],
  versions: [{ version: 'v1', message: 'batch.v1.CronJob' }],
  updateRules: changesAndSpec,
  hasGeneration: true,
  subresources: { status: {} },
  default({ spec }) {
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    // Its job gets the rest of its own when it is made.
    defaultJobTemplate(spec.jobTemplate.spec);
  },
  prepareForCreate(object) {
    object.status = {};
  },
  validateCreate: validateNewCronJob,
  validateUpdate: validateCronJobUpdate,
  warnings: cronJobWarnings,
  prepareForUpdate: keepStatus,
  columns,
});
