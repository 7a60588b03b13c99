import { line, type Scenario, since } from './kubectl-scenarios.ts';

const CSR = 'apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {name: edge-NAMESPACE}\nspec: {request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIVk1INENBUUF3SERFYU1CZ0dBMVVFQXd3UmVDMXRiM0psTFhSb1lXNHRhR1Z5WlRCWk1CTUdCeXFHU000OQpBZ0VHQ0NxR1NNNDlBd0VIQTBJQUJBPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==, signerName: example.com/x, usages: [client auth]}\n';

const UNKNOWN_KIND = 'apiVersion: example.com/v1\nkind: Bogus\nmetadata: {name: b}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: known}\n';
const settings = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {${data}}\n`;
const deployment = (selected: string, label: string, more = ''): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: forced, ${more}}\nspec: {selector: {matchLabels: {app: ${selected}}}, template: {metadata: {labels: {app: ${label}}}, spec: {containers: [{name: c, image: i}]}}}\n`;

/** Commands that are seldom used, and options that do not go together. */
const SET_TARGETS = `apiVersion: apps/v1
kind: Deployment
metadata: {name: two}
spec:
  selector: {matchLabels: {app: two}}
  template:
    metadata: {labels: {app: two}}
    spec:
      containers:
      - {name: a, image: x, env: [{name: A, value: old}, {name: B, valueFrom: {fieldRef: {fieldPath: status.podIP}}}, {name: R, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}, {name: K, valueFrom: {configMapKeyRef: {name: nope, key: k}}}]}
      - {name: b, image: z}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: terms}
spec:
  selector: {matchLabels: {app: terms}, matchExpressions: [{key: tier, operator: In, values: [a, b]}]}
  template: {metadata: {labels: {app: terms, tier: a}}, spec: {containers: [{name: a, image: x}]}}
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec: {ports: [{port: 80}], selector: {app: two}}
`;

export const edgeScenarios: readonly Scenario[] = [
  {
    name: 'wait: jsonpath, creation, deletion, time-outs',
    steps: [
      'create -f web.yaml', 'run p --image=x', 'wait pod/p --for=jsonpath={.status.phase}=Pending', "wait pod/p --for=jsonpath='{.status.phase}'=Pending", 'wait pod/p --for=jsonpath={.spec.containers}=x --timeout=20s', 'wait pod/p --for=jsonpath={.a', 'wait pod/p --for=jsonpath=', 'wait pod/p --for=create',
      'wait pod --for=create --timeout=20s', 'wait pod -l a=b --for=create --timeout=4s', 'wait pod/nope --for=delete', 'wait pod/p --for=nope', 'wait --for=delete', 'wait pod/p --for=delete --timeout=x', 'wait pods p nope --for=condition=x --timeout=4s', 'wait deploy/web --for=jsonpath={.spec.replicas}=9 --timeout=1s', 'wait deploy/web --for=delete --timeout=1s', 'wait deploy/web --for=jsonpath={.spec.replicas}=2 -o name',
    ].map(line),
  },
  {
    name: 'certificate and rollout by themselves, and of what has neither',
    steps: [
      { ...line('create -f -'), stdin: CSR },
      ...['certificate', 'certificate frob', 'certificate approve', 'certificate approve nope', 'certificate deny edge-NAMESPACE', 'certificate approve edge-NAMESPACE', 'certificate approve edge-NAMESPACE --force', 'create -f web.yaml', 'rollout history deploy/web --revision=1 -o name', 'rollout history -f web.yaml', 'rollout history pod/x', 'rollout history deploy/web --revision=9', 'rollout status deploy/web --timeout=x'].map(line),
    ],
  },
  {
    name: 'scale, last applied configurations, deletions by files and selectors',
    steps: [
      'apply -f web.yaml', since(34, 'scale deploy/nope --replicas=1'), 'scale deploy/web --replicas=2 --dry-run=server -o yaml', 'scale deploy/web --replicas=3 --dry-run=server -o yaml', 'scale deploy/web --replicas=1 --timeout=x', 'apply view-last-applied deploy --all', 'apply view-last-applied deploy -l app=web -o yaml', 'run p --image=x',
      'delete pod --all --field-selector=a=b', 'delete pod p -A', 'delete --raw /api pod', 'delete -f web.yaml -l a=b', 'delete -f web.yaml -l app=web --dry-run=client', 'delete pod p --timeout=x', 'delete pods,svc a b', 'delete pod p --now --grace-period=3',
    ].map((step) => (typeof step === 'string' ? line(step) : step)),
  },
  {
    name: 'files with a kind that is not there, and objects that carry a version',
    steps: [
      ...['apply -f -', 'create -f -', 'replace -f -', 'label -f - a=b', 'get -f - -o name', 'diff -f -', 'delete -f -'].map((text) => ({ ...line(text), stdin: UNKNOWN_KIND })),
      ...['create -f -', 'replace -f - --force', 'replace -f - --timeout=3s', 'replace -f - --grace-period=3', 'replace -f - --force --grace-period=3'].map((text) => ({ ...line(text), stdin: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: versioned, resourceVersion: "7"}\n' })),
      ...['exec cm/versioned ls', 'get cm/versioned --watch --request-timeout=1 -o name'].map(line),
    ],
  },
  {
    name: 'apply: what was applied by the client is given up on the server',
    steps: [
      { ...line('apply -f -'), stdin: settings('k: v, gone: x') }, { ...line('apply --server-side -f -'), stdin: settings('k: v, gone: x') }, { ...line('apply --server-side -f -'), stdin: settings('k: v') },
      ...['get cm settings -o jsonpath={.data}', 'get cm settings -o yaml --show-managed-fields', 'apply view-last-applied cm/settings'].map(line),
      { ...line('apply -f - --field-manager=mine'), stdin: settings('k: w') }, { ...line('apply --server-side -f - --field-manager=other'), stdin: settings('k: w, l: m') }, line('get cm settings -o yaml --show-managed-fields'),
    ],
  },
  {
    name: 'apply --force: an object that is refused is what it was',
    steps: [{ ...line('apply -f -'), stdin: deployment('one', 'one') }, { ...line('apply -f - --force'), stdin: deployment('two', 'two', 'resourceVersion: "99"') }, { ...line('apply -f - --force'), stdin: deployment('two', 'three') }, line('get deploy forced -o jsonpath={.spec.template.metadata.labels.app}')],
  },
  {
    name: 'debug: order of containers, processes that copies share, images that are none',
    steps: [
      'run p --image=nginx', 'debug p --image=x -c d --attach=false', 'debug p --image=x --target=p --profile=general --attach=false', 'debug p --image=x -c e --profile=baseline --attach=false --env=A=b', 'get pod p -o jsonpath={.spec.ephemeralContainers[0].name}{.spec.ephemeralContainers[2].name}', 'debug p --image=x --copy-to=p2 --attach=false', 'debug p --image=x --copy-to=p3 --share-processes=false --attach=false', 'debug p --image=x --copy-to=p4 --profile=general --attach=false',
      'debug p --copy-to=p6 --set-image=bad --attach=false', 'get pod p2 -o jsonpath={.spec.shareProcessNamespace}', 'get pod p3 -o jsonpath={.spec.shareProcessNamespace}', 'get pod p4 -o jsonpath={.spec.shareProcessNamespace}', 'debug node/n1 --image=x --target=y',
    ].map((text) => (text.startsWith('debug') ? { ...line(text), ignoreStderr: true } : line(text))),
  },
  {
    name: 'set: lists, misses and refusals',
    steps: [
      { ...line('create -f -'), stdin: SET_TARGETS },
      ...[
        'set env deploy/two --list', 'set env deploy/two --list --resolve', 'set env deploy/two A=z B- --list -e C=1', 'set env deploy/two A=z -c nope', 'set env deploy/two --list -c nope', 'set env deploy/two A=z --overwrite=false', 'set env deploy/two --list -o yaml',
        'set env svc/front A=b', 'set env deploy/two --from=configmap', 'set image deploy/two zz=a a=b', 'set image deploy/two zz=a yy=b', 'get deploy two -o jsonpath={.spec.template.spec.containers[*].image}', 'set image svc/front a=b', 'set image deploy/two *=a a=b', 'set image deploy/two a=c -o wide',
        'set selector svc front bad', "set selector svc front 'a in (b)'", 'set selector svc front a!=b', 'set selector deploy two a!=b', "set selector deploy two 'a in (b)'", 'set selector svc a=b', 'set selector svc front a=b -o wide', 'get svc front -o jsonpath={.spec.selector}',
        'scale deploy two --replicas=2 --current-replicas=9 --dry-run=client', 'scale deploy two --replicas=2 -o wide', 'expose deploy two --port=80 --selector=a=b --dry-run=client -o jsonpath={.spec.selector}', 'expose deploy two --port=80 --selector=a', 'expose deploy terms --port=80', 'expose deploy two --port=80 -o wide',
        'delete svc front --cascade=true --dry-run=client', 'delete svc front --cascade=false --dry-run=client', 'delete svc front --now --force',
      ].map((text) => (text.startsWith('set image deploy/two zz=a') ? { ...line(text), inAnyOrder: true } : line(text))),
      ...["[{\"op\":\"test\",\"path\":\"/metadata/name\",\"value\":\"y\"}]", "[{\"op\":\"remove\",\"path\":\"/spec/nope\"}]", "[{\"op\":\"add\",\"path\":\"/spec/no/a\",\"value\":1}]"].map((patch) => ({ run: ['patch', 'svc', 'front', '--type=json', '--dry-run=client', '-p', patch] })),
    ],
  },
  {
    name: 'create and run: what they refuse',
    steps: [
      'run x --image=i --labels=a', 'run x --image=i --labels==b', 'run x --image=i --labels=a=b=c', 'run x --image=i --annotations=a', 'run x --image=i --annotations==b', 'run x --image=i --env=a', 'run x --image=i --env=1a=b', 'run x --image=i --env=a=', 'run x --image=i --env=a-b=c', 'run x --image=i --port=x',
      'run x --image=i -t', 'run x --image=i --image-pull-policy=never', 'run x --image= --rm', 'create configmap x --from-literal=a=b --from-literal=a=c', 'create secret generic x --from-literal=a=b --from-literal=a=c', 'create configmap x --from-literal=a/b=c', 'create secret generic x --from-literal=a/b=c',
      'create configmap x --from-env-file=/nope --from-file=/nope', 'create secret generic x --from-env-file=/nope --from-literal=a=b', 'create ingress x --rule=a.com=svc:80', 'create ingress x --rule=a/b=c.d:80', 'create ingress x --default-backend=a:b:c', 'create ingress x --default-backend=svc --rule=/=a:1',
      'create ingress x --rule=/b=c:80 --annotation=a', 'create ingress x --rule=*.a.com/x*=svc:http,tls=secret', 'create quota x --hard=cpu=1000m', 'create quota x --hard=cpu=x', 'create quota x --hard=a=b=c', 'create quota x --hard==', 'create pdb x --selector=!! --min-available=1', 'create role x --verb=bad', 'create clusterrole x --verb=bad',
      'create deployment x --image=i --port=0', 'create service clusterip x --tcp=80:x_y', 'create service clusterip x --tcp=80:0', 'create service clusterip x --tcp=0', 'create service externalname x --external-name=Bad_', 'create service externalname x',
    ].map((text) => line(`${text} --dry-run=client -o yaml`)),
  },
  {
    name: 'label, annotate and taint: lists and refusals',
    steps: [
      { ...line('create -f -'), stdin: 'apiVersion: v1\nkind: Node\nmetadata: {name: node-NAMESPACE}\nspec: {taints: [{key: old, value: v, effect: NoSchedule}]}' }, line('create cm one'), line('create cm two'), line('label cm one x=y'),
      ...[
        'get cm --sort-by=.metadata.labels[x] -o name', 'get cm --sort-by={.data[?(@.a=="b")]} -o name', 'get cm --sort-by=.a[ -o name',
        'label cm one --list', 'label cm one two --list', 'label cm --all --list', 'label cm one a=b x- --list', 'label cm one x=z --list', 'label cm one a=b=c', 'label cm one a=b_!', 'annotate cm one a=b --list', 'annotate cm one a=b c=d c- a-',
        'taint node node-NAMESPACE x=y:NoSchedule x-', 'taint node node-NAMESPACE x=y:NoSchedule x=z:NoSchedule', 'taint node node-NAMESPACE a- b-', 'taint node node-NAMESPACE a=b:', 'taint node node-NAMESPACE a/b/c=d:NoSchedule', 'taint node node-NAMESPACE a=b_!:NoSchedule', 'taint node node-NAMESPACE a=b:NoSchedule -o wide',
        'taint node node-NAMESPACE a=b:NoSchedule:x', 'taint node node-NAMESPACE a=b', 'taint pod p a=b:NoSchedule', 'taint node a=b:NoSchedule', 'taint node --all -l a=b a=b:NoSchedule', 'taint node node-NAMESPACE old=w:NoSchedule', 'taint node node-NAMESPACE old=w:NoSchedule --overwrite', 'taint node node-NAMESPACE new:NoExecute', 'taint node node-NAMESPACE new- n:NoSchedule', 'taint node node-NAMESPACE n-',
        'delete node node-NAMESPACE',
      ].map(line),
    ],
  },
  {
    name: 'logs, exec and port-forward of pods that do not run',
    steps: ['run p --image=x', 'logs p -c x y', 'logs p --tail=-2', 'logs p --limit-bytes=-1', 'logs p --since=x', 'exec p ls', 'exec p -c nope -- ls', 'port-forward p 80', 'port-forward p 80 --address=bad', 'port-forward p x:y'].map(line),
  },
];
