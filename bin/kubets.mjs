#!/usr/bin/env node
// Any Node parses this file: an old one gets a clear line instead of a syntax error.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(`kubets needs Node 24 or newer; this is ${process.version}`);
  process.exit(1);
}
const { enableCompileCache } = await import('node:module');
enableCompileCache();
await import('../dist/kubets.mjs');
