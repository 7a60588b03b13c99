/**
 * Bundles the command into `dist/` (or the folder that is named): the server by itself, in few files so that it starts quickly, the other commands in files that
 * share chunks. Native packages stay outside; packages of which a start needs nothing are loaded when they are first used.
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { lazyBuiltins, lazyPackages, requiredLmdb } from './lazy-modules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = resolve(root, process.argv[2] ?? 'dist');
const serverDir = join(outdir, 'server');
/** What a server does not need before somebody asks for it. */
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

/** The command's list of commands loads this one from the other bundle. */
const serverApart: Plugin = {
  name: 'server-apart',
  setup(hooks) {
    hooks.onResolve({ filter: /\/commands\/server\.ts$/ }, () => ({ path: './server/server.mjs', external: true }));
  },
};

for (const folder of ['chunks', 'server']) rmSync(join(outdir, folder), { recursive: true, force: true }); // their names change with what they hold
await build({ ...common, outdir, entryPoints: { kubets: 'src/cli/main.ts' }, splitting: true, chunkNames: 'chunks/[name]-[hash]', plugins: [serverApart, lazyBuiltins] });
await build({ ...common, outdir: serverDir, entryPoints: { server: 'src/cli/commands/server.ts' }, splitting: true, chunkNames: '[name]-[hash]', plugins: [lazyBuiltins, lazyPackages(LAZY_PACKAGES), requiredLmdb] });
await build({
  ...common, format: 'cjs', entryPoints: Object.fromEntries(LAZY_PACKAGES.map((name) => [name, name])), outdir: join(serverDir, 'packages'), outExtension: { '.js': '.cjs' }, banner: {}, sourcemap: false,
});

// Texts of the OpenAPI documents, read on the first request for one: beside the file that asks for them.
mkdirSync(join(serverDir, 'generated'), { recursive: true });
copyFileSync(join(root, 'src/apiserver/openapi/generated/descriptions.json'), join(serverDir, 'generated/descriptions.json'));
