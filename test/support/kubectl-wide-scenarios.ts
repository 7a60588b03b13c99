import { line, type Scenario } from './kubectl-scenarios.ts';

const lines = (...texts: readonly string[]): Scenario['steps'][number][] => texts.map(line);
const withInput = (stdin: string, ...texts: readonly string[]): Scenario['steps'][number][] => texts.map((text) => ({ ...line(text), stdin }));
const configMap = (metadata: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: ${metadata}\n`;

/** Rarely used ways of commands that are used often. */
export const wideScenarios: readonly Scenario[] = [
  {
    name: 'metadata that is none, in files',
    steps: ['[]', 'x', '{name: [a]}', '{name: a, labels: {a: {b: c}}}', '{name: a, namespace: 5}', '{name: 5.5}', '{name: a, annotations: [x]}', '{name: a, finalizers: a}', '{name: a, generation: x}', '{name: a, annotations: {a: true}}', '{name: a, labels: {a: 5, b: true}}', '{name: a, labels: {a: null}}', '{name: b, labels: 5}'].flatMap((metadata) => withInput(configMap(metadata), 'create -f -', 'apply -f -')),
  },
  {
    name: 'patches that the client makes, and annotations that are kept',
    steps: [
      ...withInput(`${configMap('{name: kept, annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}}')}data: {a: b}\n`, 'create -f -'), ...lines('get cm kept -o yaml', 'create -f web.yaml', 'patch cm kept --dry-run=client -o yaml -p {"data":{"q":"r"}}', 'patch cm kept --dry-run=client -p {"data":{"a":"b"}}', 'patch cm kept --dry-run=client --type=json -p [{"op":"add","path":"/data/n","value":"x"}] -o jsonpath={.data}', 'patch deploy web --dry-run=client -o jsonpath={.spec.template.spec.containers} -p {"spec":{"template":{"spec":{"containers":[{"name":"side","image":"x"}]}}}}',
        'patch deploy web --dry-run=client --type=merge -o jsonpath={.spec.template.spec.containers} -p {"spec":{"template":{"spec":{"containers":[{"name":"side","image":"x"}]}}}}', 'patch cm kept --dry-run=server -p {"data":{"q":"r"}}', 'patch cm kept --dry-run=server -p {"data":{"a":"b"}}', 'patch cm kept --local -p {}', 'patch -f web.yaml --local -p {"metadata":{"labels":{"x":"z"}}} -o jsonpath={.metadata.labels}', 'patch -f web.yaml --local --dry-run=server -p {}', 'patch cm kept nope -p {"data":{"z":"z"}}', 'patch cm -p {"data":{"z":"z"}}', 'patch cm kept --type=json -p {"a":1}'),
    ],
  },
  {
    name: 'rules of roles, and resources that are not there',
    steps: [
      ...lines('create role r --verb=get --resource=frob', 'create role r --verb=get --resource=deploy.app --dry-run=client -o yaml', 'create role r --verb=get --resource=deployments.foo --dry-run=client -o name', 'create role r --verb=get --resource=po.v1', 'create role r --verb=frob --resource=pods --dry-run=client -o yaml', 'create role r --verb=get --resource=pods/nope --dry-run=client -o yaml', 'create role r --verb=get,*,list --resource=pods,svc --resource-name=a,b --resource-name=a --dry-run=client -o yaml', 'create role r --verb=get --resource=deployments.apps,pods,replicasets.apps/scale --dry-run=client -o yaml', 'create role r --verb=get --resource=* --dry-run=client -o yaml', 'create role r --verb=get --resource=*.apps --dry-run=client -o yaml', 'create role r --verb=use --resource=pods', 'create role r --verb=bind --resource=roles,clusterroles --dry-run=client -o yaml',
        'create role r --verb=impersonate --resource=users --dry-run=client -o yaml', 'create role r --verb=get --resource=.apps', 'create clusterrole r --verb=get --resource=pods --non-resource-url=x', 'create clusterrole r --verb=list --non-resource-url=/x', 'create clusterrole r --verb=get --non-resource-url=/x*y', 'create clusterrole r --verb=get --non-resource-url=/x/*,* --dry-run=client -o yaml', 'create clusterrole r --verb=get --aggregation-rule=a=b', 'create clusterrole r --aggregation-rule=a=b,c=d --dry-run=client -o yaml', 'create clusterrole r', 'create role r --verb=get',
        'get deployments.foo', 'get deployments.v2.apps', 'get po.v1', 'get deploy.app', 'get pods.', 'get pods/', 'get pods/a/b', 'get pods,frob', 'get pods,', 'get ,', 'get svc a,b', 'describe frob x', 'delete frob x', 'label frob x a=b', 'expose frob x --port=1', 'scale frob x --replicas=1', 'autoscale frob x --max=1', 'rollout status frob/x', 'wait frob/x --for=delete', 'edit frob x', 'set image frob/x a=b', 'auth can-i get frob.v1.apps', 'logs frob/x', 'explain frob'),
    ],
  },
  {
    name: 'autoscalers and scales of dry runs',
    steps: lines('create -f web.yaml', 'autoscale deploy web --max=3 --dry-run=client -o yaml', 'autoscale deploy web --max=3 --dry-run=server', 'autoscale deploy web --max=3 --min=1 --name=other -o yaml --dry-run=server', 'autoscale -f web.yaml --max=3', 'autoscale deploy web --max=3 --cpu-percent=10 -o name', 'scale deploy web --replicas=4 --dry-run=client', 'scale deploy web --replicas=4 --dry-run=server', 'scale deploy web --replicas=3 --timeout=0s', 'scale deploy web --replicas=-1', 'scale deploy web svc/web --replicas=1', 'scale svc web --replicas=1', 'scale --replicas=1', 'scale rc --all --replicas=1'),
  },
];
