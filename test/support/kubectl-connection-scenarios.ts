import { line, type Scenario, since } from './kubectl-scenarios.ts';

type Step = Scenario['steps'][number];

const script = (body: string): string => `#!/bin/sh\n${body}\n`;
const answer = (status: string, version = 'v1'): string => script(`echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/${version}"${status}}'`);
const V1 = 'apiVersion: client.authentication.k8s.io/v1';
const PLUGINS: Readonly<Record<string, string>> = {
  ok: `${V1}, command: ./ok.sh, interactiveMode: Never, provideClusterInfo: true`,
  failing: `${V1}, command: ./failing.sh, interactiveMode: Never`,
  empty: `${V1}, command: ./empty.sh, interactiveMode: Never`,
  nostatus: `${V1}, command: ./nostatus.sh, interactiveMode: Never`,
  other: `${V1}, command: ./other.sh, interactiveMode: Never`,
  missing: `${V1}, command: no-such-plugin, installHint: get it somewhere, interactiveMode: Never`,
  noversion: 'command: ./ok.sh, interactiveMode: Never',
  nocommand: `${V1}, interactiveMode: Never`,
  nomode: `${V1}, command: ./ok.sh`,
  always: `${V1}, command: ./ok.sh, interactiveMode: Always`,
  badmode: `${V1}, command: ./ok.sh, interactiveMode: Maybe`,
  future: 'apiVersion: client.authentication.k8s.io/v9, command: ./ok.sh, interactiveMode: Never',
  beta: 'apiVersion: client.authentication.k8s.io/v1beta1, command: ./other.sh',
  env: `${V1}, command: sh, args: [-c, "$SCRIPT"], env: [{name: SCRIPT, value: ./connection/ok.sh}], interactiveMode: Never`,
  info: `${V1}, command: sh, args: [-c, 'echo "$KUBERNETES_EXEC_INFO" >&2; exit 9'], interactiveMode: IfAvailable, provideClusterInfo: true`,
};

const config = (cluster: string, user: string, more = 'current-context: x'): string => `apiVersion: v1\nkind: Config\n${more}\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {${cluster}}}]\nusers: [{name: u, user: {${user}}}]\n`;

/** Files that a command is run with; `SERVER` is where the server is, `TOKEN` whom it takes for its administrator. */
export const connectionFiles: Readonly<Record<string, string>> = {
  'connection/ok.sh': answer(',"status":{"token":"TOKEN"}'),
  'connection/failing.sh': script('echo oops >&2\nexit 3'),
  'connection/empty.sh': answer(',"status":{}'),
  'connection/nostatus.sh': answer(''),
  'connection/other.sh': answer(',"status":{"token":"TOKEN"}', 'v1beta1'),
  'connection/plugins': `apiVersion: v1\nkind: Config\ncurrent-context: ok\nclusters: [{name: c, cluster: {server: SERVER, insecure-skip-tls-verify: true, extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: us}}]}}]\ncontexts: [${Object.keys(PLUGINS).map((name) => `{name: ${name}, context: {cluster: c, user: ${name}}}`).join(', ')}]\nusers:\n${Object.entries(PLUGINS).map(([name, exec]) => `- {name: ${name}, user: {exec: {${exec}}}}\n`).join('')}`,
  'connection/first': 'apiVersion: v1\nkind: Config\ncurrent-context: ""\nclusters: [{name: c, cluster: {server: SERVER, insecure-skip-tls-verify: true}}]\nusers: [{name: u, user: {token: nope}}]\n',
  'connection/second': 'apiVersion: v1\nkind: Config\ncurrent-context: x\nclusters: [{name: c, cluster: {server: "https://nope"}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: other}}, {name: v, user: {token: TOKEN}}]\n',
  'connection/lists': 'apiVersion: v1\nkind: Config\nclusters: {a: b}\n',
  'connection/v2': 'apiVersion: v2\nkind: Config\n',
  'connection/nowhere': 'apiVersion: v1\nkind: Config\ncurrent-context: zz\n',
  'connection/two-methods': config('server: SERVER', 'username: a, password: b, token: c'),
  'connection/no-key': config('server: SERVER, insecure-skip-tls-verify: true', 'client-certificate-data: eA==, token: TOKEN'),
  'connection/bad-ca': config('server: SERVER, certificate-authority-data: eA==', 'token: TOKEN'),
  'connection/no-ca': config('server: SERVER', 'token: TOKEN'),
  'connection/two-trusts': config('server: SERVER, insecure-skip-tls-verify: true, certificate-authority-data: eA==', 'token: TOKEN'),
};

const using = (file: string, text: string): Step => ({ ...line(text), env: { KUBECONFIG: file } });
const whoami = (file: string, flags = ''): Step => using(file, `auth whoami ${flags}`.trim());

/** How kubectl finds the server, and who it is there. */
export const connectionScenarios: readonly Scenario[] = [
  { name: 'credential plugins', steps: Object.keys(PLUGINS).map((name) => whoami('connection/plugins', `--context=${name}`)).concat(whoami('connection/plugins', '--context=failing --token=TOKEN')) },
  {
    name: 'several kubeconfigs',
    steps: [
      ...['config view', 'config current-context', 'config get-contexts', 'auth whoami', 'auth whoami --user=v', 'auth whoami --token=TOKEN'].map((text) => using('connection/first:connection/second', text)), whoami('connection/second:connection/first', '--user=v --server=SERVER --insecure-skip-tls-verify'),
      whoami('connection/absent:connection/first:connection/second', '--user=v'), ...['config view', 'config current-context', 'config get-contexts'].map((text) => using('connection/absent', text)),
    ],
  },
  {
    name: 'kubeconfigs that cannot be used',
    steps: [
      ...['lists', 'v2', 'two-methods', 'no-key', 'bad-ca', 'two-trusts'].map((name) => whoami(`connection/${name}`)), whoami('connection/no-ca'), whoami('connection/no-ca', '--insecure-skip-tls-verify'), whoami('connection/nowhere'),
      ...['auth whoami --user=nope', 'auth whoami --kubeconfig=nope', 'auth whoami --certificate-authority=nope', 'auth whoami --client-certificate=nope --client-key=nope', 'auth whoami --insecure-skip-tls-verify --certificate-authority=web.yaml', 'auth whoami --username=a --password=b', 'auth whoami --request-timeout=x'].map(line),
      ...['auth whoami --context=nope', 'auth whoami --cluster=nope', 'auth whoami --tls-server-name=other', 'auth whoami --tls-server-name=localhost'].map(line),
    ],
  },
  {
    name: 'somebody else',
    steps: [
      ...['auth whoami --as=bob', 'auth whoami --as=bob --as-group=x --as-group=y', 'auth whoami --as=bob --as-uid=5', 'auth whoami --as=system:serviceaccount:a:b', 'auth whoami --token=bad'].map(line),
      ...['auth whoami --as-group=x', 'auth whoami --as-uid=x', 'auth whoami --as-user-extra=a=b', 'auth whoami --as=bob --as-user-extra=a=b --as-user-extra=a=c --as-user-extra=d/E=f', 'auth whoami --as=bob --as-user-extra=a', 'auth whoami --as=bob -o kyaml'].map((text) => since(35, text)),
    ],
  },
];
