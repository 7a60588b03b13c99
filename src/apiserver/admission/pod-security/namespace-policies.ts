import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isStricter, levelOf, nameOf, VERSION, type Level, type Policy } from './evaluate.ts';

export const MODES = ['enforce', 'audit', 'warn'] as const;
type Labels = Readonly<Record<string, string>> | undefined;

/** What holds in a namespace. */
export type Policies = { readonly [mode in (typeof MODES)[number]]: Policy };

const PREFIX = 'pod-security.kubernetes.io/';

/** What is wrong with the labels of a namespace. */
export function faultsIn(labels: Labels): FieldErrors {
  const errors = new FieldErrors();
  const path = FieldPath.of('metadata.labels');
  for (const mode of MODES) {
    const [levelKey, versionKey] = [PREFIX + mode, `${PREFIX}${mode}-version`];
    const [level, version] = [labels?.[levelKey], labels?.[versionKey]];
    if (level !== undefined && !levelOf(level)) errors.invalid(path.key(levelKey), level, 'must be one of privileged, baseline, restricted');
    if (version !== undefined && !VERSION.test(version)) errors.invalid(path.key(versionKey), version, 'must be "latest" or "v1.x"');
  }
  return errors;
}

/**
 * What labels ask for, where they say something. A level that is none counts as the strictest where pods are refused, for a typing mistake must not open a namespace, and as none elsewhere.
 * Who warns of nothing in particular warns of what is refused. Source: pod-security-admission/api, PolicyToEvaluate.
 */
export function policiesOf(labels: Labels, defaults: Policies): Policies {
  const versionOf = (mode: keyof Policies): string => {
    const version = labels?.[`${PREFIX}${mode}-version`];
    return version === undefined ? defaults[mode].version : VERSION.test(version) ? version : 'latest';
  };
  const of = (mode: keyof Policies, otherwise: Level): Policy => {
    const level = labels?.[PREFIX + mode];
    return { level: level === undefined ? defaults[mode].level : (levelOf(level) ?? otherwise), version: versionOf(mode) };
  };
  const enforce = of('enforce', 'restricted');
  const warn = of('warn', 'privileged');
  const takesOver = labels?.[`${PREFIX}warn`] === undefined && levelOf(labels?.[`${PREFIX}enforce`] ?? '') !== undefined && isStricter(enforce.level, warn.level);
  const version = labels?.[`${PREFIX}warn-version`] === undefined ? enforce.version : warn.version;
  return { enforce, audit: of('audit', 'privileged'), warn: takesOver ? { level: enforce.level, version } : warn };
}

export function arePrivileged(policies: Policies): boolean {
  return MODES.every((mode) => policies[mode].level === 'privileged');
}

/** What the labels themselves ask for beyond privileges: `enforce=baseline:latest, warn=restricted:v1.30`. */
export function askedFor(labels: Labels, policies: Policies): string {
  const isSaid = (mode: string): boolean => labels?.[PREFIX + mode] !== undefined || labels?.[`${PREFIX}${mode}-version`] !== undefined;
  return MODES.filter((mode) => policies[mode].level !== 'privileged' && isSaid(mode)).map((mode) => `${mode}=${nameOf(policies[mode])}`).join(', ');
}
