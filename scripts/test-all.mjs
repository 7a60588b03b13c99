/** `npm test`: sets the machine up, then lint, types, house checks, unit, integration and end-to-end tests. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fail, installNpmPackages, installSystemPackages, root, step } from './setup.mjs';

installSystemPackages({ forTests: true });
installNpmPackages();
step('Wire types', ['scripts/generate-types.ts']);
const tool = (name) => join(root, 'node_modules', '.bin', name);
for (const [title, file, args] of [
  ['Types', tool('tsc'), ['--noEmit']],
  ['Lint', tool('oxlint'), ['--type-aware', '--deny-warnings', 'src', 'test', 'scripts', 'bench']],
]) {
  console.log(`\n== ${title}`);
  const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` };
  if (spawnSync(file, args, { cwd: root, stdio: 'inherit', env }).status !== 0) fail(`${title}: failed`);
}
step('Build', ['scripts/build.ts']);
for (const suite of ['unit', 'integration', 'simulation', 'e2e']) step(`Tests: ${suite}`, ['scripts/test.ts', suite]);
