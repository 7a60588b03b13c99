import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { SystemClock } from '../../src/base/clock.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { runKubectl } from '../../src/kubectl/index.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubets-kuberc-'));
const PREFIX = 'error occurred while applying preferences';
let server: TestServer;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function kubectl(line: string, { env = {}, stdin = '' }: { env?: Record<string, string>; stdin?: string } = {}): Promise<Outcome> {
  const taken = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr'): Writable => new Writable({ write: (chunk: Buffer, _encoding, done) => {
    taken[name] += chunk.toString();
    done();
  } });
  const io = {
    stdin: Readable.from([Buffer.from(stdin)]), stdout: into('stdout'), stderr: into('stderr'), clock: new SystemClock(), random: new SystemRandom(), signal: new AbortController().signal,
    env: { KUBECONFIG: join(folder, 'kubeconfig'), HOME: folder, PATH: `${folder}:${process.env['PATH']}`, ...env },
  };
  const code = await runKubectl(line.split(' '), io);
  return { code, ...taken };
}

const write = (name: string, text: string, mode = 0o644): string => {
  writeFileSync(join(folder, name), text, { mode });
  return join(folder, name);
};

/** A file of preferences of the newest version. */
const kuberc = (name: string, body: string): string => write(name, `apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n${body}`);

before(async () => {
  server = await startTestServer();
  const plugin = write('gives-token', `#!/bin/sh\necho '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${ADMIN_TOKEN}"}}'\n`, 0o755);
  const exec = (command: string): object => ({ apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' });
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 't',
    contexts: [{ name: 't', context: { cluster: 't', user: 't' } }, { name: 'named', context: { cluster: 't', user: 'named' } }, { name: 'path', context: { cluster: 't', user: 'path' } }],
    clusters: [{ name: 't', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }],
    users: [{ name: 't', user: { token: ADMIN_TOKEN } }, { name: 'named', user: { exec: exec('gives-token') } }, { name: 'path', user: { exec: exec(plugin) } }],
  }));
  for (const line of ['create namespace default', 'create namespace prefs', 'create configmap a --from-literal=k=v -n prefs']) assert.equal((await kubectl(line)).stderr, '');
});

after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe('defaults and aliases', () => {
  before(() => void kuberc('both', `
aliases:
- {name: crns, command: create namespace, appendArgs: [made-by-alias]}
- {name: getc, command: get, prependArgs: [configmap], options: [{name: output, default: name}]}
- {name: mkrole, command: create role, options: [{name: verb, default: 'get,watch'}]}
- {name: runx, command: run, options: [{name: image, default: nginx}, {name: namespace, default: prefs}], appendArgs: [p, --, one, two]}
- {name: nowhere, command: nonsense}
- {name: oddly, command: get, options: [{name: nonsense, default: x}]}
- {name: wrong, command: get, options: [{name: watch, default: x}]}
defaults:
- {command: get, options: [{name: namespace, default: prefs}, {name: output, default: name}]}
- {command: config view, options: [{name: output, default: json}]}
- {command: top, options: [{name: nonsense, default: x}]}
`));

  for (const { name, line, expected } of [
    { name: 'gives options other defaults', line: 'get configmap a', expected: { code: 0, stdout: 'configmap/a\n', stderr: '' } },
    { name: 'lets the command line have the last word', line: 'get configmap a -n default -o json', expected: { code: 1, stdout: '', stderr: 'Error from server (NotFound): configmaps "a" not found\n' } },
    { name: 'knows a short option that is joined to its value', line: 'get configmap a -ojsonpath={.data.k}', expected: { code: 0, stdout: 'v', stderr: '' } },
    { name: 'puts arguments behind those of the command line', line: 'crns', expected: { code: 0, stdout: 'namespace/made-by-alias created\n', stderr: '' } },
    { name: 'puts arguments before those of the command line; defaults are not for aliases', line: 'getc a', expected: { code: 1, stdout: '', stderr: 'Error from server (NotFound): configmaps "a" not found\n' } },
    { name: 'lets options stand on either side of an alias', line: '--namespace prefs getc a -o jsonpath={.data}', expected: { code: 0, stdout: '{"k":"v"}', stderr: '' } },
    { name: 'replaces lists, and does not add to them', line: 'mkrole r --verb=list --resource=pods --dry-run=client -o jsonpath={.rules[0].verbs}', expected: { code: 0, stdout: '["list"]', stderr: '' } },
    { name: 'takes the lists of an alias', line: 'mkrole r --resource=pods --dry-run=client -o jsonpath={.rules[0].verbs}', expected: { code: 0, stdout: '["get","watch"]', stderr: '' } },
    { name: 'puts `--` where the alias says', line: 'runx --dry-run=client -o jsonpath={.metadata.namespace}{.spec.containers[0].image}{.spec.containers[0].args}', expected: { code: 0, stdout: 'prefsnginx["one","two"]', stderr: '' } },
    { name: 'reaches subcommands', line: 'config view --kubeconfig=/dev/null', expected: { code: 0, stdout: '{\n    "kind": "Config",\n    "apiVersion": "v1",\n    "clusters": null,\n    "users": null,\n    "contexts": null,\n    "current-context": ""\n}\n', stderr: '' } },
    { name: 'refuses an alias of nothing', line: 'nowhere', expected: { code: 1, stdout: '', stderr: `${PREFIX} command "nonsense" not found to set alias "nowhere": [nonsense]\n` } },
    { name: 'refuses an alias with an option that its command has not', line: 'oddly', expected: { code: 1, stdout: '', stderr: `${PREFIX} invalid alias flag nonsense in alias kubectl\n` } },
    { name: 'refuses an alias with a value that is none', line: 'wrong', expected: { code: 1, stdout: '', stderr: `${PREFIX} could not apply value x to flag watch in alias kubectl err: invalid argument "x" for "-w, --watch" flag: strconv.ParseBool: parsing "x": invalid syntax\n` } },
    { name: 'refuses a default for an option that is not there', line: 'top', expected: { code: 1, stdout: '', stderr: `${PREFIX} invalid flag nonsense for command top\n` } },
  ]) test(name, async () => assert.deepEqual(await kubectl(`${line} --kuberc=${join(folder, 'both')}`.replace(/^(.*) --kuberc=(\S+)$/, '--kuberc=$2 $1')), expected));

  test('shells complete what an alias stands for', async () => {
    assert.equal((await kubectl(`__completeNoDesc --kuberc=${join(folder, 'both')} -n prefs getc `)).stdout, 'a\n:4\n');
    assert.equal((await kubectl(`__completeNoDesc --kuberc=${join(folder, 'missing')} get configm`)).stdout, ':0\n');
  });

  test('commands that are not there are told of, defaults of an alias refused', async () => {
    kuberc('odd', 'aliases: [{name: v, command: version}]\ndefaults: [{command: nonsense, options: []}, {command: v, options: []}]');
    assert.equal((await kubectl(`api-versions x --kuberc=${join(folder, 'odd')}`)).stderr.split('\n')[0], 'Warning: command "nonsense" not found to set kuberc override');
    assert.deepEqual(await kubectl(`v --client --kuberc=${join(folder, 'odd')}`), { code: 1, stdout: '', stderr: `Warning: command "nonsense" not found to set kuberc override\n${PREFIX} alias v can not be overridden\n` });
  });
});

describe('the file', () => {
  const version = (more: string, env: Record<string, string> = {}): Promise<Outcome> => kubectl(`version --client${more}`, { env });
  const isJson = ({ stdout }: Outcome): boolean => stdout.startsWith('{');

  test('is that of the flag, else of KUBERC, else of the home folder; and can be turned off', async () => {
    const file = kuberc('json', 'defaults: [{command: version, options: [{name: output, default: json}]}]');
    const home = join(folder, 'home');
    mkdirSync(join(home, '.kube'), { recursive: true });
    kuberc('home/.kube/kuberc', 'defaults: [{command: version, options: [{name: output, default: json}]}]');
    const yaml = kuberc('yaml', 'defaults: [{command: version, options: [{name: output, default: yaml}]}]');
    assert.equal(isJson(await version('')), false);
    assert.ok(isJson(await version(` --kuberc=${file}`)));
    assert.ok(isJson(await version('', { KUBERC: file })));
    assert.ok(isJson(await version('', { HOME: home })));
    assert.equal(isJson(await version(` --kuberc ${yaml}`, { KUBERC: file })), false);
    assert.equal(isJson(await version('', { HOME: home, KUBERC: 'off' })), false);
    assert.equal(isJson(await version('', { HOME: home, KUBECTL_KUBERC: 'false' })), false);
    assert.deepEqual(await version(` --kuberc=${file}`, { KUBECTL_KUBERC: 'false' }), { code: 1, stdout: '', stderr: "error: unknown flag: --kuberc\nSee 'kubectl version --help' for usage.\n" });
    assert.deepEqual(await version(` --kuberc=${file}`, { KUBERC: 'off' }), { code: 1, stdout: '', stderr: `${PREFIX} kuberc error disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive\n` });
    assert.deepEqual(await version(' --kuberc'), { code: 1, stdout: '', stderr: `${PREFIX} kuberc file is not found\n` });
  });

  for (const { name, text, expected } of [
    { name: 'an empty file asks for nothing', text: '', expected: '' },
    { name: 'unknown fields are told of and ignored', text: 'apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\nmore: 1\ndefaults: [{command: version, other: x}]', expected: 'kuberc: ignoring strict decoding error in FILE: strict decoding error: unknown field "more", unknown field "defaults[0].other"\n' },
    { name: 'a document of another version is passed over', text: 'apiVersion: kubectl.config.k8s.io/v9\nkind: Preference\n---\napiVersion: kubectl.config.k8s.io/v1alpha1\nkind: Preference\noverrides: [{command: version, flags: [{name: nonsense}]}]', expected: `${PREFIX} invalid flag nonsense for command version\n` },
    { name: 'a file without one that fits is refused', text: 'apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\naliases: 5', expected: `${PREFIX} kuberc error kuberc: no valid preferences found in FILE, use --v=5 to see details\n` },
    { name: 'so is one that is no YAML', text: 'a: [', expected: `${PREFIX} kuberc error kuberc: no valid preferences found in FILE, use --v=5 to see details\n` },
    { name: 'names of aliases are letters', text: 'apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\naliases: [{name: get-n, command: get}]', expected: `${PREFIX} invalid alias name, can only include alphabetical characters\n` },
    { name: 'an alias is there once', text: 'apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\naliases: [{name: a, command: get}, {name: a, command: get}]', expected: `${PREFIX} duplicate alias name a\n` },
    { name: 'options have no dashes', text: 'apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ndefaults: [{command: get, options: [{name: --output, default: x}]}]', expected: `${PREFIX} flag name --output should be in long form without dashes\n` },
  ]) test(name, async () => {
    const file = write('case', text);
    assert.equal((await version(` --kuberc=${file}`)).stderr, expected.replace('FILE', file));
    assert.equal((await version(` --kuberc=${file}-not`)).stderr, `${PREFIX} kuberc error kuberc: open ${file}-not: no such file or directory\n`);
  });
});

describe('the policy of credential plugins', () => {
  const DENIED = 'Unable to connect to the server: getting credentials: plugin';
  for (const { name, policy, context = 'named', expected } of [
    { name: 'none lets all run', policy: '', expected: '' },
    { name: 'AllowAll', policy: 'credentialPluginPolicy: AllowAll', expected: '' },
    { name: 'DenyAll', policy: 'credentialPluginPolicy: DenyAll', expected: `${DENIED} "gives-token" not allowed: policy set to "DenyAll"\n` },
    { name: 'a list with its name', policy: 'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: other}, {command: gives-token}]', expected: '' },
    { name: 'a list with its path', policy: 'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: FOLDER/gives-token}]', expected: '' },
    { name: 'a list with the name of a path', policy: 'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: gives-token}]', context: 'path', expected: '' },
    { name: 'a list without it', policy: 'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: other}]', expected: `${DENIED} path "FOLDER/gives-token" is not permitted by the credential plugin allowlist\n` },
    { name: 'an unknown policy', policy: 'credentialPluginPolicy: Some', expected: `${PREFIX} unknown plugin policy: "Some"\n` },
    { name: 'a list that is missing', policy: 'credentialPluginPolicy: Allowlist', expected: `${PREFIX} credential plugin policy set to "Allowlist", but allowlist is unspecified\n` },
    { name: 'an empty list', policy: 'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: []', expected: `${PREFIX} credential plugin policy set to "Allowlist", but allowlist is empty; use "DenyAll" policy instead\n` },
    { name: 'an empty entry', policy: 'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: x}, {}]', expected: `${PREFIX} misconfigured credential plugin allowlist: empty allowlist entry #2\n` },
    { name: 'a list beside another policy', policy: 'credentialPluginAllowlist: [{command: x}]', expected: `${PREFIX} misconfigured credential plugin allowlist: plugin policy is "" but allowlist is non-nil\n` },
    { name: 'a path with detours', policy: 'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: /a/../b/}]', expected: `${PREFIX} non-normalized file path: "/a/../b/" vs "/b"\n` },
  ]) test(name, async () => {
    const file = kuberc('policy', policy.replace('FOLDER', folder));
    const { code, stdout, stderr } = await kubectl(`get namespace prefs -o name --context=${context} --kuberc=${file}`);
    assert.deepEqual({ code, stdout, stderr }, { code: expected === '' ? 0 : 1, stdout: expected === '' ? 'namespace/prefs\n' : '', stderr: expected.replace('FOLDER', folder) });
  });
});

describe('kubectl kuberc', () => {
  const home = join(folder, 'own');
  const own = (line: string, stdin = ''): Promise<Outcome> => kubectl(`kuberc ${line}`, { env: { HOME: home }, stdin });
  const file = join(home, '.kube', 'kuberc');

  test('view offers a first file', async () => {
    const offer = `kuberc file not found at ${file}\nWould you like to generate a default kuberc file with recommended options? (y/N): `;
    assert.deepEqual(await own('view', 'n\n'), { code: 0, stdout: offer, stderr: '' });
    assert.deepEqual(await own('view', 'y\n'), { code: 0, stdout: `${offer}Updated ${file}\n`, stderr: '' });
    assert.equal(readFileSync(file, 'utf8'), 'aliases: null\napiVersion: kubectl.config.k8s.io/v1beta1\ndefaults:\n- command: apply\n  options:\n  - default: "true"\n    name: server-side\n- command: delete\n  options:\n  - default: "true"\n    name: interactive\nkind: Preference\n');
    rmSync(file);
  });

  test('set writes what view shows', async () => {
    for (const line of ['set --section defaults --command get --option output=wide', 'set --section aliases --name getn --command get --prependarg nodes,x --option --output=wide', 'set --section credentialplugin --policy Allowlist --allowlist-entry command=a,command=b']) {
      assert.deepEqual(await own(line), { code: 0, stdout: `Updated ${file}\n`, stderr: '' });
    }
    const written = 'aliases:\n- command: get\n  name: getn\n  options:\n  - default: wide\n    name: output\n  prependArgs:\n  - nodes,x\napiVersion: kubectl.config.k8s.io/v1beta1\ncredentialPluginAllowlist:\n- command: a\n- command: b\ncredentialPluginPolicy: Allowlist\ndefaults:\n- command: get\n  options:\n  - default: wide\n    name: output\nkind: Preference\n';
    assert.equal(readFileSync(file, 'utf8'), written);
    assert.deepEqual(await own('view'), { code: 0, stdout: written, stderr: '' });
    assert.deepEqual(Object.keys(JSON.parse((await own('view -o json')).stdout) as object), ['kind', 'apiVersion', 'defaults', 'aliases', 'credentialPluginPolicy', 'credentialPluginAllowlist']);
  });

  test('set keeps what is not given, and lets nothing be overwritten unasked', async () => {
    assert.equal((await own('set --section defaults --command get --option output=json')).stderr, 'error: defaults for command "get" already exist, use --overwrite to replace\n');
    assert.equal((await own('set --section aliases --name getn --command get')).stderr, 'error: alias "getn" already exists, use --overwrite to replace\n');
    assert.equal((await own('set --section aliases --name getn --command describe --appendarg -- --overwrite')).code, 0);
    assert.equal((await own('set --section credentialplugin --policy DenyAll')).code, 0);
    const { aliases, ...others } = JSON.parse((await own('view -o json')).stdout) as { aliases: unknown; credentialPluginAllowlist?: unknown };
    assert.deepEqual(aliases, [{ name: 'getn', command: 'describe', prependArgs: ['nodes,x'], appendArgs: ['--'], options: [{ name: 'output', default: 'wide' }] }]);
    assert.equal(others.credentialPluginAllowlist, undefined);
  });

  for (const [line, expected] of [
    ['set', 'required flag(s) "section" not set'], ['set --section x', '--section must be "defaults", "aliases", or "credentialplugin", got: x'], ['set --section aliases', '--name is required when --section=aliases'],
    ['set --section aliases --name a', '--command is required when --section=aliases or --section=defaults'], ['set --section defaults --name a', '--name should not be specified when --section=defaults'],
    ['set --section defaults --command get --appendarg x', '--prependarg and --appendarg are only valid for --section=aliases'], ['set --section defaults --command x --option output', 'invalid option format "output", expected flag=value'],
    ['set --section credentialplugin', '--policy is required when --section=credentialplugin'], ['set --section credentialplugin --policy Allowlist', '--allowlist-entry is required when --section=credentialplugin and --policy=Allowlist'],
    ['set --section credentialplugin --policy DenyAll --allowlist-entry command=x', '--allowlist-entry may only be used when --section=credentialplugin and --policy=Allowlist'],
    ['set --section credentialplugin --policy Allowlist --allowlist-entry name=x', 'allowlist entry field "name" is deprecated, use "command" instead'],
    ['view -o wide', 'unable to match a printer suitable for the output format "wide", allowed formats are: go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml'],
  ] as const) test(`${line} is refused`, async () => assert.deepEqual(await own(line), { code: 1, stdout: '', stderr: `error: ${expected}\n` }));
});
