import { line, type Scenario } from './kubectl-scenarios.ts';

const member = (kind: string, name: string, more = ''): string => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}, labels: {app: p}}\n${more}`;
const all = [member('ConfigMap', 'pa'), member('ConfigMap', 'pb'), member('ServiceAccount', 'psa'), member('Secret', 'ps')].join('---\n');
const applied = (flags: string, stdin = member('ConfigMap', 'pa'), more: { ignoreStderr?: boolean; env?: Readonly<Record<string, string>> } = {}): Scenario['steps'][number] => ({ ...line(`apply -f - ${flags}`), stdin, ...more });
const APPLYSET = { env: { KUBECTL_APPLYSET: 'true' } };

/** What writes: apply with its pruning, delete with its ways. */
export const writeScenarios: readonly Scenario[] = [
  {
    name: 'apply that prunes',
    steps: [
      applied('', all), applied('--prune'), applied('--prune --all -l app=p'), applied('--prune -l app=p --dry-run=server', undefined, { ignoreStderr: true }), applied('--prune -l app=p --dry-run=client', undefined, { ignoreStderr: true }), applied('--prune -l app=p', undefined, { ignoreStderr: true }),
      applied('--prune -l app=p --prune-allowlist=nope'), applied('--prune -l app=p --prune-allowlist=core/v1/Foo'), applied('--prune -l app=p --prune-allowlist=core/v1/ServiceAccount'), applied('--prune-allowlist=core/v1/ServiceAccount'), applied('--prune --all -o name', undefined, { ignoreStderr: true }),
      applied('--prune -l app=p --server-side'), applied('--applyset=x'), applied('--server-side --dry-run=client'), applied('--force --server-side'), applied('--force --dry-run=server'), applied('-l app=zz'), applied('--all -l a=b'), line('get cm,sa,secret'),
    ],
  },
  {
    name: 'apply of sets',
    steps: [
      applied('--applyset=mine', all, APPLYSET), applied('--prune --applyset=mine -l app=p', all, APPLYSET), applied('--prune --applyset=mine', member('ConfigMap', 'pa') + '---\n' + member('ConfigMap', 'pb'), APPLYSET), line('get secret mine -o jsonpath={.metadata.annotations}'), line('get cm pa -o jsonpath={.metadata.labels.app}'),
      applied('--prune --applyset=mine', undefined, APPLYSET), applied('--prune --applyset=configmap/other --server-side', member('Secret', 'alone'), APPLYSET), line('get cm,secret -o name'), line('create configmap foreign'), applied('--prune --applyset=configmap/foreign', undefined, APPLYSET), applied('--prune --applyset=frob/x', undefined, APPLYSET),
    ],
  },
  {
    name: 'delete in its ways',
    steps: [
      { ...line('create -f -'), stdin: all }, { ...line('delete cm pa -i'), stdin: 'n\n' }, { ...line('delete cm/pa sa/psa -i'), stdin: 'y\n' }, { ...line('delete cm nope -i'), stdin: 'y\n' }, ...[
        'delete cm -l app=p --dry-run=server', 'delete cm,secret -l app=p -o name', 'delete cm --all --ignore-not-found', 'delete pods --field-selector=status.phase=Failed', 'create deployment d --image=nginx', 'delete deploy d --cascade=orphan --wait=false', 'create deployment e --image=nginx', 'delete deploy/e --cascade=foreground --wait=false', 'run p --image=nginx',
        'delete pod p --force --grace-period=5', 'delete pod p --force', 'delete pod p', 'delete --all', 'delete cm --all -l a=b', 'delete cm x -l a=b', 'delete all --all', 'delete cm --all -A --dry-run=client -l nothing=here', 'delete --raw /api/v1/namespaces/NAMESPACE/configmaps/nope', 'delete cm/x sa y',
      ].map(line),
    ],
  },
  {
    name: 'what was applied last, overrides, and outputs of what changes',
    steps: [
      { ...line('apply -f -'), stdin: member('ConfigMap', 'la', 'data: {a: b}\n') },
      ...[
        'apply view-last-applied cm la', 'apply view-last-applied cm/la -o json', 'apply view-last-applied cm nope', 'apply view-last-applied cm la -o name', 'create cm nola', 'apply view-last-applied cm nola', 'apply view-last-applied', 'apply view-last-applied cm', 'apply set-last-applied', 'run rr --image=x --expose --port=80', 'run rq --image=x --expose', 'get svc rr -o yaml',
        'run ro --image=x --overrides={"spec":{"hostNetwork":true}} -o jsonpath={.spec} --dry-run=client', 'run rp --image=x --overrides={"spec":{"containers":[{"name":"rp","env":[{"name":"A","value":"b"}]}]}} --override-type=strategic -o jsonpath={.spec.containers} --dry-run=client', 'run rj --image=x --overrides=[{"op":"add","path":"/spec/hostPID","value":true}] --override-type=json -o jsonpath={.spec.hostPID} --dry-run=client', 'run rj --image=x --override-type=frob --overrides={}',
        'create deployment dd --image=x -r 3 -o jsonpath={.spec.replicas}', 'rollout pause deploy/dd -o name', 'rollout resume deploy/dd -o jsonpath={.spec.replicas}', 'rollout restart deploy/dd -o name', 'wait cm/la --for=jsonpath={.data.a}=b -o name', 'wait cm/la --for=jsonpath={.data.a}=b -o yaml', 'get cm la --request-timeout=bogus', 'get cm la --request-timeout=5s -o name', 'apply -f web.yaml --subresource=status', 'apply -f web.yaml --subresource=status --server-side',
      ].map(line),
      { ...line('apply set-last-applied -f -'), stdin: member('ConfigMap', 'la', 'data: {a: c}\n') }, { ...line('apply set-last-applied -f - -o name'), stdin: member('ConfigMap', 'la', 'data: {a: c}\n') }, { ...line('apply set-last-applied -f -'), stdin: member('ConfigMap', 'nola') }, { ...line('apply set-last-applied -f - --create-annotation'), stdin: member('ConfigMap', 'nola') }, line('get cm la -o yaml'),
      { ...line('diff -f - --prune -l app=p'), stdin: member('ConfigMap', 'la', 'data: {a: b}\n'), ignoreStderr: true }, { ...line('apply -f -'), stdin: member('ConfigMap', 'lb') }, { ...line('diff -f - --prune -l app=p'), stdin: member('ConfigMap', 'la', 'data: {a: b}\n'), ignoreStderr: true },
    ],
  },
];
