/**
 * `--feature-gates`. kubets builds what is on by default; of the others only those that the code asks for by name change anything.
 * Source: "Feature Gates"; component-base featuregate.
 */
import { KNOWN_FEATURE_GATES, type FeatureGate } from './known-feature-gates.ts';

/** Whether a feature is on. */
export type FeatureGates = (name: string) => boolean;

/** The words for a boolean, those of Go's strconv.ParseBool. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word): [string, boolean] => [word, true]),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word): [string, boolean] => [word, false]),
]);

/** Reads `--feature-gates`. Throws Error, in Kubernetes' words, for a value that is no boolean, a name that is no gate or of another component, and a gate that is locked. */
export function featureGates(given: ReadonlyMap<string, string>): FeatureGates {
  const chosen = new Map([...given].map(([key, text]): [string, boolean] => {
    const name = ofKube(key);
    return [name, parsed(name, text)];
  }));
  for (const [name, value] of chosen) {
    const gate = KNOWN_FEATURE_GATES.get(name);
    if (!gate) throw new Error(`--feature-gates: unrecognized feature gate: ${name}`);
    if (gate.isLocked && value !== gate.isOn) throw new Error(`--feature-gates: cannot set feature gate ${name} to ${value}, feature is locked to ${gate.isOn}`);
  }
  return (name) => {
    const gate = KNOWN_FEATURE_GATES.get(name);
    return chosen.get(name) ?? (gate && chosenForStage(chosen, gate)) ?? gate?.isOn ?? false;
  };
}

/** `kube:WatchList` is `WatchList`: this server has the gates of no other component. */
function ofKube(key: string): string {
  const colon = key.indexOf(':');
  if (colon < 0) return key;
  const component = key.slice(0, colon);
  if (component !== '' && component !== 'kube') throw new Error(`--feature-gates: component not registered: ${component}`);
  return key.slice(colon + 1);
}

function parsed(name: string, text: string): boolean {
  const value = BOOLEANS.get(text);
  if (value === undefined) throw new Error(`--feature-gates: invalid value of ${name}=${text}, err: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  return value;
}

/** AllAlpha and AllBeta say what the gates of their stage are that nothing else is said of; of each other they say nothing. */
function chosenForStage(chosen: ReadonlyMap<string, boolean>, { name, stage }: FeatureGate): boolean | undefined {
  if (name === 'AllAlpha' || name === 'AllBeta') return undefined;
  if (stage === 'ALPHA') return chosen.get('AllAlpha');
  return stage === 'BETA' ? chosen.get('AllBeta') : undefined;
}
