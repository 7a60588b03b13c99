/** Makes the image of the examples from the machine's static busybox, in as many versions as asked for: `node scripts/example-image.ts FILE v1 [v2 ...]`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBusyboxImage } from '../src/runtime/index.ts';

const REPOSITORY = 'kubets.example/hello';

/** Answers every request with its version, its pod and its node; ends at once when it is asked to. */
function serverScript(version: string): string {
  return `#!/bin/sh
mkdir -p /tmp/www
echo "hello ${version} from \${POD_NAME:-$(hostname)} on \${NODE_NAME:-somewhere}" > /tmp/www/index.html
httpd -f -p 8080 -h /tmp/www &
trap 'kill $!; exit 0' TERM INT
wait
`;
}

export async function writeExampleImage(file: string, version: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await buildBusyboxImage({ references: [`${REPOSITORY}:${version}`], files: [{ path: 'serve', content: serverScript(version), mode: 0o755 }], cmd: ['/serve'] }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = 'dist/images', ...versions] = process.argv.slice(2);
  for (const version of versions.length > 0 ? versions : ['v1', 'v2']) {
    await writeExampleImage(`${folder}/hello-${version}.tar`, version);
    console.log(`${folder}/hello-${version}.tar`);
  }
}
