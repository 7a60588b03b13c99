import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsOf, sourcesUnder } from './sources.ts';

/** Who may import whom: docs/architecture.md, "Floors". A folder may import from lower floors and from itself. */
const FLOORS: readonly (readonly string[])[] = [
  ['base'],
  ['apimachinery', 'streaming', 'pki'],
  ['cel'],
  ['api'],
  ['storage', 'runtime', 'component-helpers'],
  ['client'],
  ['apiserver', 'controllers', 'scheduler', 'kubelet', 'proxy', 'dns', 'network', 'kubectl', 'dashboard'],
  ['cluster'],
  ['cli'],
];
/** Imports that the table narrows further: only these folders may import the named one. */
const ONLY_FOR: Readonly<Record<string, readonly string[]>> = {
  storage: ['apiserver', 'cluster', 'cli'],
  runtime: ['kubelet', 'cluster', 'cli'],
};

function floorOf(folder: string): number {
  return FLOORS.findIndex((floor) => floor.includes(folder));
}

test('no file imports from a floor above or from a component beside it', () => {
  const wrong: string[] = [];
  for (const source of sourcesUnder('src')) {
    const [, folder = '', rest] = source.path.split('/');
    if (rest === undefined) continue; // src/index.ts and other entry points stand on the roof
    if (floorOf(folder) < 0) wrong.push(`${source.path}: the folder src/${folder} is on no floor; add it to docs/architecture.md and to this test`);
    for (const target of importsOf(source)) {
      const [top, other = '', inside] = target.split('/');
      if (top !== 'src' || inside === undefined || other === folder) continue;
      const sideways = floorOf(other) === floorOf(folder);
      if (floorOf(other) > floorOf(folder) || sideways) {
        const cure = sideways ? 'components of one floor meet in the API: move what both need a floor down' : 'hand it in from above, or move it down';
        wrong.push(`${source.path} imports ${target}: ${sideways ? 'sideways' : 'upwards'}; ${cure}`);
      }
      const allowed = ONLY_FOR[other];
      if (allowed && !allowed.includes(folder)) wrong.push(`${source.path} imports ${target}: only ${allowed.join(', ')} may; go through the API instead`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('no file imports itself by way of others', () => {
  const graph = new Map(sourcesUnder('src').map((source) => [source.path, importsOf(source)]));
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      cycles.push(`${[...trail.slice(trail.indexOf(path)), path].join(' > ')}: move what they share into a file of its own`);
      return;
    }
    state.set(path, 'open');
    for (const next of graph.get(path) ?? []) if (graph.has(next)) visit(next, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of graph.keys()) visit(path, []);
  assert.deepEqual(cycles, []);
});
