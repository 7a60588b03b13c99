#!/usr/bin/env node
// Any Node parses this file: an old one hands over to the one that a checkout brings, or gets a clear line instead of a syntax error.
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/kubets.mjs', import.meta.url);

async function handOver() {
  const { existsSync } = await import('node:fs');
  const brought = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  if (!existsSync(brought)) {
    console.error(`kubets needs Node 24 or newer; this is ${process.version}`);
    process.exit(1);
  }
  const { spawn } = await import('node:child_process');
  const { constants } = await import('node:os');
  const child = spawn(brought, process.argv.slice(1), { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

async function run() {
  // Not by an import: that would load what this start does not need.
  process.getBuiltinModule('node:module').enableCompileCache();
  try {
    await import(built.href);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || error.url !== built.href) throw error;
    console.error('kubets is not built: run "npm run build" first, or "npm start", which does it');
    process.exit(1);
  }
}

await (Number(process.versions.node.split('.')[0]) < 24 ? handOver() : run());
