import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kubets-completion-'));
let server: TestServer;

/** Runs a program to its end; what it prints on stdout. */
function output(file: string, args: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, KUBECONFIG: join(folder, 'kubeconfig'), HOME: folder, XDG_STATE_HOME: folder, KUBECACHEDIR: join(folder, 'cache') };
  execFile(file, args, { env, cwd: folder }, (error, stdout, stderr) => (error ? reject(new Error(stderr, { cause: error })) : resolve(stdout)));
  return promise;
}

const kubets = (...args: string[]): Promise<string> => output(process.execPath, [main, ...args]);

before(async () => {
  server = await startTestServer();
  for (const [name, first] of [['kubets', ''], ['kubectl', 'kubectl']] as const) {
    writeFileSync(join(folder, name), `#!/bin/sh\nexec ${process.execPath} ${main} ${first} "$@"\n`);
    chmodSync(join(folder, name), 0o755);
  }
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'here', contexts: [{ name: 'here', context: { cluster: 'here', user: 'me', namespace: 'default' } }, { name: 'there', context: { cluster: 'here', user: 'me' } }],
    clusters: [{ name: 'here', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }], users: [{ name: 'me', user: { token: ADMIN_TOKEN } }],
  }));
  writeFileSync(join(folder, 'a.yaml'), '');
  writeFileSync(join(folder, 'a.txt'), '');
  await kubets('kubectl', 'create', 'namespace', 'default');
  await kubets('kubectl', 'run', 'web-1', '--image=x', '--restart=Never');
  await kubets('kubectl', 'run', 'web-2', '--image=x', '--restart=Never');
  await kubets('kubectl', 'create', 'deployment', 'front', '--image=x');
});

after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe('__complete answers as stock kubectl does', () => {
  for (const { words, answer } of [
    { words: ['ge'], answer: 'get\tDisplay one or many resources\n:4\n' },
    { words: ['rollout', 'p'], answer: 'pause\tMark the provided resource as paused\n:4\n' },
    { words: ['get', 'poddisr'], answer: 'poddisruptionbudgets.policy\n:4\n' },
    { words: ['get', 'pods', ''], answer: 'web-1\nweb-2\n:4\n' },
    { words: ['get', 'pods', 'web-1', ''], answer: 'web-2\n:4\n' },
    { words: ['get', 'pods,deploy', ''], answer: 'web-1\nweb-2\nfront\n:4\n' },
    { words: ['get', 'deploy/f'], answer: 'deploy/front\n:4\n' },
    { words: ['get', '-o', 'js'], answer: 'json\njsonpath\njsonpath-as-json\njsonpath-file\n:4\n' },
    { words: ['get', '--output=ya'], answer: 'yaml\n:4\n' },
    { words: ['get', '-n', 'd'], answer: 'default\n:4\n' },
    { words: ['--context', ''], answer: 'here\nthere\n:4\n' },
    { words: ['config', 'use-context', 't'], answer: 'there\n:4\n' },
    { words: ['logs', 'web-1', ''], answer: 'web-1\n:4\n' },
    { words: ['exec', 'web-1', '-c', ''], answer: 'web-1\n:4\n' },
    { words: ['exec', 'dep'], answer: 'deployments/\n:4\n' },
    { words: ['get', 'deploy/front', 'podt'], answer: 'podtemplates/\n:6\n' },
    { words: ['cp', 'web-1'], answer: 'web-1:\n:2\n' },
    { words: ['apply', '-f', ''], answer: 'json\nyaml\nyml\n:8\n' },
    { words: ['get', '--no-h'], answer: "--no-headers\tWhen using the default or custom-column output format, don't print headers.\n:4\n" },
    { words: ['get', '--no-headers', '--no-h'], answer: ':4\n' },
    { words: ['help', 'create', 'quo'], answer: 'quota\tCreate a quota with the specified name\n:4\n' },
    { words: ['get', 'nonsense', ''], answer: ':4\n' },
    { words: ['nonsense', ''], answer: ':0\n' },
    { words: ['scale', 'rep'], answer: 'replicaset\nreplicationcontroller\n:4\n' },
  ]) test(words.join(' '), async () => assert.equal(await kubets('kubectl', '__complete', ...words), answer));

  test('without descriptions', async () => assert.equal(await kubets('kubectl', '__completeNoDesc', 'ge'), 'get\n:4\n'));
});

describe('__complete of kubets', () => {
  for (const { words, answer } of [
    { words: ['st'], answer: 'status\ttell whether a cluster runs, and its nodes\n:4\n' },
    { words: ['up', '--runtime', 'c'], answer: 'containerd\n:4\n' },
    { words: ['up', '--ip-family=d'], answer: 'dual\n:4\n' },
    { words: ['up', '--iso'], answer: '--isolated\tkeep nodes and pods from what lies beyond this machine\n:4\n' },
    { words: ['token', 'cr'], answer: 'create\tmake a token and print it\n:4\n' },
    { words: ['image', 'load', ''], answer: ':0\n' },
    { words: ['completion', 'z'], answer: 'zsh\n:4\n' },
    { words: ['kubectl', 'get', 'pods', 'web-1'], answer: 'web-1\n:4\n' },
  ]) test(words.join(' '), async () => assert.equal(await kubets('__complete', ...words), answer));
});

/** What bash makes of a line: the words it offers, and the options it is told. */
async function inBash(program: string, line: string): Promise<{ words: string[]; options: string[] }> {
  await writeScript(program);
  const words = line.match(/[=:]|[^=:\s]+|(?<=\s)$/g) ?? [];
  const text = await output('bash', ['-c', `
    source ${program}.bash
    compopt() { printf "option %s %s\\n" "$1" "$2"; }
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    __${program}_complete
    printf 'word %s\\n' "\${COMPREPLY[@]}"`]);
  const lines = text.trim().split('\n');
  const taken = (kind: string): string[] => lines.filter((one) => one.startsWith(`${kind} `)).map((one) => one.slice(kind.length + 1));
  return { words: taken('word').filter((word) => word !== ''), options: taken('option') };
}

async function writeScript(program: string): Promise<void> {
  writeFileSync(join(folder, `${program}.bash`), await kubets(...(program === 'kubectl' ? ['kubectl'] : []), 'completion', 'bash'));
}

describe('the script for bash', () => {
  for (const { line, words, options = [] } of [
    { line: 'kubectl get pods ', words: ['web-1', 'web-2'] },
    { line: 'kubectl get --output=js', words: ['json', 'jsonpath', 'jsonpath-as-json', 'jsonpath-file'] },
    { line: 'kubectl get deploy/', words: ['deploy/front'] },
    { line: 'kubectl exec dep', words: ['deployments/'], options: ['-o nospace'] },
    { line: 'kubectl cp web-1', words: ['web-1:'], options: ['-o nospace'] },
    { line: 'kubectl apply -f a', words: ['a.yaml'], options: ['-o filenames'] },
    { line: 'kubectl get -k ', words: ['cache'], options: ['-o filenames'] },
    { line: 'kubectl wait ', words: [], options: ['-o default'] },
    { line: 'kubets up --runtime=s', words: ['simulated'] },
    { line: 'kubets kubectl get pods web-2', words: ['web-2'] },
  ]) test(line, async () => assert.deepEqual(await inBash(line.split(' ')[0] ?? '', line), { words, options }));
});

for (const [shell, says] of [['zsh', /^#compdef kubets\n/], ['fish', /complete -c kubets /], ['powershell', /Register-ArgumentCompleter -Native -CommandName 'kubets'/]] as const) {
  test(`the script for ${shell} asks the program`, async () => {
    assert.match(await kubets('completion', shell), says);
    assert.match(await kubets('completion', shell), /__complete /);
    assert.doesNotMatch(await kubets('completion', shell, '--no-descriptions'), /__complete /);
  });
}
