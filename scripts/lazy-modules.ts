/** How the bundles load modules of Node and of others: later than an import would, or without what comes with it. */
import type { Plugin } from 'esbuild';
import { builtinModules } from 'node:module';

/**
 * A CommonJS module with the exports of another one, which `load` gives once the first of them is asked for. They stand on the prototype, which all
 * importers share: esbuild gives each a copy of what stands on the module itself.
 */
function lazyModule(names: readonly string[], load: string): string {
  const getters = names.filter((name) => name !== 'default' && name !== 'module.exports').map((name) => `get ${name}() { return load().${name}; }`);
  return `let known;\nconst load = () => (known ??= ${load});\nmodule.exports = Object.create({ ${getters.join(', ')} });\n`;
}

/**
 * Node's own modules, each when something of it is used. An import would load them all at the start, look at each of their properties, and so load still more:
 * parts for the web's cryptography, reports, and fetch.
 */
export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(hooks) {
    const known = new Set(builtinModules);
    hooks.onResolve({ filter: /.*/ }, ({ path }) => {
      const name = path.replace(/^node:/, '');
      return known.has(name) ? { path: name, namespace: 'builtin' } : undefined;
    });
    hooks.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const load = `process.getBuiltinModule('node:${path}')`;
      const real = process.getBuiltinModule(`node:${path}`) as object;
      // Packages extend `events` and call `assert` itself: a module that is a function stays as it is.
      return { contents: typeof real === 'function' ? `module.exports = ${load};` : lazyModule(Object.keys(real), load), loader: 'js' };
    });
  },
};

/** Packages that are loaded, from a file `packages/<name>.cjs` beside the bundle, when something of them is used. */
export function lazyPackages(names: readonly string[]): Plugin {
  return {
    name: 'lazy-packages',
    setup(hooks) {
      hooks.onResolve({ filter: new RegExp(`^(${names.join('|')})$`) }, ({ path }) => ({ path, namespace: 'lazy-package' }));
      hooks.onResolve({ filter: /^\.\/packages\// }, ({ path }) => ({ path, external: true }));
      hooks.onLoad({ filter: /.*/, namespace: 'lazy-package' }, async ({ path }) => {
        const exported = Object.keys((await import(path)) as object);
        return { contents: lazyModule(exported, `require('./packages/${path}.cjs')`), loader: 'js' };
      });
    },
  };
}

/** `lmdb` as its one file of CommonJS, in place of eighteen modules. */
export const requiredLmdb: Plugin = {
  name: 'required-lmdb',
  setup(hooks) {
    hooks.onResolve({ filter: /^lmdb$/ }, ({ path, kind }) => (kind === 'dynamic-import' ? { path, namespace: 'required' } : undefined));
    hooks.onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({ contents: `export const { open } = require('${path}');`, loader: 'js' }));
  },
};
