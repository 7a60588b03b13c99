import { kinds as builtIn } from '../api/kinds.ts';
import type { KindDefinition, KindVersion } from '../api/kind.ts';

/** What the control plane itself lives on. */
const NEEDED = new Set(['/v1', 'rbac.authorization.k8s.io/v1', 'scheduling.k8s.io/v1', 'apiextensions.k8s.io/v1', 'discovery.k8s.io/v1', 'apiregistration.k8s.io/v1']);
const CLASSES: Readonly<Record<string, RegExp>> = { 'api/all': /./, 'api/ga': /^v\d+$/, 'api/beta': /^v\d+beta\d+$/, 'api/alpha': /^v\d+alpha\d+$/ };

/**
 * The built-in kinds with the versions that `--runtime-config` leaves on: `api/all`, `api/ga`, `api/beta`, `api/alpha`, `group/version` (`v1` for the core group),
 * `group/version/resource`; what is said of less wins. Throws Error for what is not served, and for turning off what the control plane lives on.
 */
export function servedKinds(config: ReadonlyMap<string, string>, kinds: readonly KindDefinition[] = builtIn): readonly KindDefinition[] {
  if (config.size === 0) return kinds;
  const choices = new Map([...config].map(([key, value]) => [normal(key), isOn(key, value)]));
  checkNames(choices, kinds);
  return kinds.flatMap((kind) => {
    const versions = kind.versions.filter((version) => isServed(kind, version, choices));
    if (versions.length === 0) return [];
    if (kind.stored && !versions.some((one) => one.version === kind.storageVersion && (one.group ?? kind.group) === kind.group)) {
      throw new Error(`--runtime-config: ${kind.group}/${kind.storageVersion} must stay on while another version of ${kind.resource} is: its objects are stored in it`);
    }
    return [{ ...kind, versions }];
  });
}

const normal = (key: string): string => (/^v\d+$/.test(key) ? `/${key}` : key);

function isOn(key: string, value: string): boolean {
  if (!['true', 'false', ''].includes(value)) throw new Error(`--runtime-config: invalid value ${key}=${value}: must be true or false`);
  return value !== 'false';
}

function isServed(kind: KindDefinition, version: KindVersion, choices: ReadonlyMap<string, boolean>): boolean {
  const name = `${version.group ?? kind.group}/${version.version}`;
  let served = true;
  for (const [key, pattern] of Object.entries(CLASSES)) if (choices.has(key) && pattern.test(version.version)) served = choices.get(key) ?? true;
  served = choices.get(`${name}/${kind.resource}`) ?? choices.get(name) ?? served;
  // `api/all=false` with a few groups turned on again must leave a server that works.
  if (served || !NEEDED.has(name)) return served;
  if (choices.has(name) || choices.has(`${name}/${kind.resource}`)) throw new Error(`--runtime-config: ${name.replace(/^\//, '')} cannot be turned off: the control plane lives on it`);
  return true;
}

function checkNames(choices: ReadonlyMap<string, boolean>, kinds: readonly KindDefinition[]): void {
  const known = new Set(Object.keys(CLASSES));
  for (const kind of kinds) {
    for (const version of kind.versions) {
      const name = `${version.group ?? kind.group}/${version.version}`;
      known.add(name).add(`${name}/${kind.resource}`);
    }
  }
  // What is not served is off already.
  const unknown = [...choices].filter(([key, value]) => value && !known.has(key)).map(([key]) => key);
  if (unknown.length > 0) throw new Error(`--runtime-config: unknown api versions: ${unknown.join(', ')}`);
}
