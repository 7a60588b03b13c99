/** Bundles the command into `dist/` (or the folder that is named): one file that starts quickly. Native and lazily loaded packages stay outside. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const outdir = resolve(root, process.argv[2] ?? 'dist');

/** An import of `node:http` makes Node load its whole fetch implementation, for a list of names that nobody asks for: 30 ms and some MB. This way it does not. */
const httpWithoutFetch: Plugin = {
  name: 'http-without-fetch',
  setup(hooks) {
    hooks.onResolve({ filter: /^(node:)?http$/ }, () => ({ path: 'http', namespace: 'builtin' }));
    hooks.onLoad({ filter: /^http$/, namespace: 'builtin' }, () => ({ contents: "module.exports = process.getBuiltinModule('node:http');", loader: 'js' }));
  },
};

await build({
  absWorkingDir: root,
  entryPoints: { kubets: 'src/cli/main.ts' },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  external: ['lmdb', '@grpc/grpc-js'],
  // CommonJS packages inside the bundle ask for require.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  plugins: [httpWithoutFetch],
  logLevel: 'warning',
});

// Texts of the OpenAPI documents, read on the first request for one: beside the chunk that asks for them.
mkdirSync(join(outdir, 'chunks/generated'), { recursive: true });
copyFileSync(join(root, 'src/apiserver/openapi/generated/descriptions.json'), join(outdir, 'chunks/generated/descriptions.json'));
