#!/usr/bin/env node
// Any Node parses this file: an old one hands over to the one that a checkout brings, or gets a clear line instead of a syntax error.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/kubets.mjs', import.meta.url);
const brought = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));

function handOver() {
  const child = spawn(brought, process.argv.slice(1), { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

if (Number(process.versions.node.split('.')[0]) < 24) {
  if (existsSync(brought)) handOver();
  else {
    console.error(`kubets needs Node 24 or newer; this is ${process.version}`);
    process.exit(1);
  }
} else if (!existsSync(built)) {
  console.error('kubets is not built: run "npm run build" first, or "npm start", which does it');
  process.exit(1);
} else {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  await import(built.href);
}
