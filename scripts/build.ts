/**
 * Bundles the command into `dist/` (or the folder that is named): server and agent by themselves, in few files so that they start quickly and hold little, the other
 * commands in files that share chunks, and the library that embeds a cluster, with its types. Native packages stay outside; packages of which a start needs nothing are loaded when they are first used.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { lazyBuiltins, lazyPackages, requiredLmdb } from './lazy-modules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = resolve(root, process.argv[2] ?? 'dist');
const libraryDir = join(outdir, 'library');
/** Commands with a bundle of their own, `<name>/<name>.mjs`. */
const APART = ['server', 'agent'];
/** What these do not need before somebody asks for it. */
const LAZY_PACKAGES = ['js-yaml', 're2js', 'tar-stream', 'ws', 'yaml'];

const common: BuildOptions = {
  absWorkingDir: root,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  external: ['lmdb', '@grpc/grpc-js'],
  // CommonJS packages inside the bundle ask for require.
  banner: { js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  logLevel: 'warning',
};

/** The command's list of commands loads these from the other bundles. */
const others: Plugin = {
  name: 'others-apart',
  setup(hooks) {
    for (const name of APART) hooks.onResolve({ filter: new RegExp(`/commands/${name}\\.ts$`) }, () => ({ path: `./${name}/${name}.mjs`, external: true }));
  },
};

for (const folder of ['chunks', 'library', ...APART]) rmSync(join(outdir, folder), { recursive: true, force: true }); // their names change with what they hold
await build({ ...common, outdir, entryPoints: { kubets: 'src/cli/main.ts' }, splitting: true, chunkNames: 'chunks/[name]-[hash]', plugins: [others, lazyBuiltins] });
for (const name of APART) {
  const folder = join(outdir, name);
  await build({ ...common, outdir: folder, entryPoints: { [name]: `src/cli/commands/${name}.ts` }, splitting: true, chunkNames: '[name]-[hash]', plugins: [lazyBuiltins, lazyPackages(LAZY_PACKAGES), requiredLmdb] });
  const packages = Object.fromEntries(LAZY_PACKAGES.map((one) => [one, one]));
  await build({ ...common, format: 'cjs', entryPoints: packages, outdir: join(folder, 'packages'), outExtension: { '.js': '.cjs' }, banner: {}, sourcemap: false });
}
await build({ ...common, outdir: libraryDir, entryPoints: { index: 'src/index.ts' }, splitting: true, chunkNames: '[name]-[hash]', plugins: [lazyBuiltins] });

// Texts of the OpenAPI documents, read on the first request for one: beside the file that asks for them.
for (const folder of [join(outdir, 'server'), libraryDir]) {
  mkdirSync(join(folder, 'generated'), { recursive: true });
  copyFileSync(join(root, 'src/apiserver/openapi/generated/descriptions.json'), join(folder, 'generated/descriptions.json'));
}

// The types of the library are a source of types alone.
const types = readFileSync(join(root, 'src/cluster/embedding.ts'), 'utf8');
writeFileSync(join(libraryDir, 'index.d.ts'), `${types}\nexport declare const Cluster: ClusterStarter;\n`);
