/** Reads a KubeSchedulerConfiguration. Source: "Scheduler Configuration"; k8s.io/kube-scheduler/config/v1; pkg/scheduler/apis/config/validation. */
import { FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { Plugin } from '../framework.ts';
import { defaultPlugins } from '../plugins/index.ts';
import type { Profile, SchedulerConfiguration } from '../profile.ts';
import { CheckedObject, refuse, refuseValue } from './checked-object.ts';
import { limitedPlugin } from './limited-plugin.ts';
import { pluginsByArgs } from './plugin-args.ts';
import { pluginUses } from './plugin-sets.ts';

const API_VERSION = 'kubescheduler.config.k8s.io/v1';
const KIND = 'KubeSchedulerConfiguration';
const PERCENTAGE = { min: 0, max: 100, detail: 'not in valid range [0-100]' };

/** Of a scheduler that is told nothing. */
export const defaultConfiguration: SchedulerConfiguration = {
  profiles: [{ schedulerName: 'default-scheduler', plugins: defaultPlugins, percentageOfNodesToScore: 0, preempts: true }], initialBackoffMs: 1000, maxBackoffMs: 10_000,
};

/** `document`: as YAML or JSON has been read. Throws ConfigurationError for what is wrong, and for what kubets has not. */
export function readSchedulerConfiguration(document: unknown): SchedulerConfiguration {
  const root = new CheckedObject(document, FieldPath.root);
  const [apiVersion, kind] = [root.text('apiVersion'), root.text('kind')];
  if (apiVersion !== API_VERSION || kind !== KIND) refuse(FieldPath.root, `it must hold a ${KIND} of ${API_VERSION}`);
  root.lacks('extenders', 'kubets calls no extenders');
  // The scheduler reaches the API in the process, which elects a leader by flags of its own.
  root.ignore('clientConnection', 'leaderElection', 'delayCacheUntilActive', 'enableProfiling', 'enableContentionProfiling');
  root.integer('parallelism', { min: 1, detail: 'should be an integer value greater than zero' });
  const percentage = root.integer('percentageOfNodesToScore', PERCENTAGE) ?? 0;
  const initial = root.integer('podInitialBackoffSeconds', { min: 1, detail: 'must be greater than 0' }) ?? 1;
  const max = root.integer('podMaxBackoffSeconds', { min: initial, detail: 'must be greater than or equal to PodInitialBackoffSeconds' }) ?? 10;
  if (max < initial) refuseValue(FieldPath.of('podMaxBackoffSeconds'), max, 'must be greater than or equal to PodInitialBackoffSeconds');
  const given = root.objects('profiles');
  root.end();
  const profiles = (given.length > 0 ? given : [new CheckedObject({}, FieldPath.of('profiles').index(0))]).map((one) => profileOf(one, percentage, given.length < 2));
  profiles.forEach(({ schedulerName }, i) => {
    const first = profiles.findIndex((other) => other.schedulerName === schedulerName);
    if (first < i) refuse(FieldPath.of('profiles').index(i).child('schedulerName'), `Duplicate value: "profiles[${first}].schedulerName"`);
  });
  return { profiles, initialBackoffMs: initial * 1000, maxBackoffMs: max * 1000 };
}

/** Only one that stands alone may do without a name. */
function profileOf(given: CheckedObject, percentage: number, isAlone: boolean): Profile {
  const schedulerName = given.text('schedulerName') || (isAlone ? 'default-scheduler' : refuse(given.path.child('schedulerName'), 'Required value'));
  const percentageOfNodesToScore = given.integer('percentageOfNodesToScore', PERCENTAGE) ?? percentage;
  const made = pluginsByArgs(given.objects('pluginConfig'));
  const { uses, preempts } = pluginUses(given.object('plugins'), given.path);
  given.end();
  const plugins = uses.flatMap((use): Plugin[] => {
    const plugin = made.get(use.name);
    return plugin ? [limitedPlugin(plugin, use)] : [];
  });
  return { schedulerName, plugins, percentageOfNodesToScore, preempts };
}
