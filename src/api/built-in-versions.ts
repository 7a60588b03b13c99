import { kinds } from './kinds.ts';

/** `v1`, `apps/v1` and so on: what the catalogue knows, as objects name it. */
export const builtInVersions: ReadonlySet<string> = new Set(kinds.flatMap(({ group, versions }) => versions.map(({ version }) => (group === '' ? version : `${group}/${version}`))));
