import { line, type Scenario } from './kubectl-scenarios.ts';

const WORKLOADS = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec: {replicas: 1, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: "x:1"}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ds}
spec: {selector: {matchLabels: {app: ds}}, template: {metadata: {labels: {app: ds}}, spec: {containers: [{name: c, image: "x:1"}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: sts}
spec: {serviceName: x, selector: {matchLabels: {app: sts}}, template: {metadata: {labels: {app: sts}}, spec: {containers: [{name: c, image: "x:1"}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: p1, labels: {app: a, tier: front}}
spec: {terminationGracePeriodSeconds: 0, nodeName: "", containers: [{name: c, image: nginx, resources: {requests: {cpu: 100m}}}, {name: d, image: busybox}]}
---
apiVersion: v1
kind: Pod
metadata: {name: p2, labels: {app: b}}
spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: httpd}]}
---
apiVersion: v1
kind: Service
metadata: {name: svc}
spec: {ports: [{port: 80}], selector: {app: a}}
`;

/** What the controllers would keep of earlier states. */
const HISTORY = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-1, labels: {app: web, pod-template-hash: "1"}, annotations: {deployment.kubernetes.io/revision: "1", kubernetes.io/change-cause: first}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: UIDOF(deploy/web), controller: true}]}
spec: {replicas: 0, selector: {matchLabels: {app: web, pod-template-hash: "1"}}, template: {metadata: {labels: {app: web, pod-template-hash: "1"}}, spec: {containers: [{name: c, image: "x:0"}]}}}
---
apiVersion: apps/v1
kind: ControllerRevision
metadata: {name: ds-1, labels: {app: ds}, annotations: {kubernetes.io/change-cause: old}, ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: ds, uid: UIDOF(ds/ds), controller: true}]}
revision: 1
data: {spec: {template: {$patch: replace, metadata: {labels: {app: ds}}, spec: {containers: [{name: c, image: "x:0"}]}}}}
`;

/** What reads: the outputs of get, rollouts, waits, events, rights. */
export const readScenarios: readonly Scenario[] = [
  {
    name: 'outputs of get',
    steps: [
      { ...line('create -f -'), stdin: WORKLOADS },
      ...[
        'get pods -o wide', 'get pods --show-labels', 'get pods -L app,tier', 'get pods -L nope', 'get pods,svc', 'get pods,svc --show-kind', 'get pod p1 --show-kind', 'get pods --no-headers -o wide', 'get all -o name', 'get pods -o custom-columns=NAME:.metadata.name,IMAGES:.spec.containers[*].image', 'get pods -o custom-columns=NAME:metadata.name --no-headers',
        'get pods -o custom-columns=', 'get pods -o custom-columns=NAME', 'get pods -o custom-columns-file=nope', 'get pods -o jsonpath={.items[*].metadata.name}', 'get pods -o jsonpath={.items[0]}', "get pods -o 'jsonpath={.items[?(@.metadata.name==\"p1\")].spec.containers[0].image}'", "get pods -o 'jsonpath={range .items[*]}{.metadata.name}{\"\\t\"}{.status.phase}{\"\\n\"}{end}'",
        'get pods -o jsonpath={.items[*].nope}', 'get pod p1 -o jsonpath={.nope}', 'get pod p1 -o jsonpath={.nope --allow-missing-template-keys=false', 'get pods -o jsonpath-as-json={.items[*].metadata.name}', "get pods -o 'go-template={{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}'", "get pod p1 -o 'go-template={{.nope}}'",
        "get pod p1 -o 'go-template={{.nope.x}}'", "get pod p1 -o 'go-template={{if eq .metadata.name \"p1\"}}yes{{else}}no{{end}}'", "get pod p1 -o 'go-template={{len .spec.containers}} {{printf \"%s-%d\" .metadata.name 3}} {{index .metadata.labels \"app\"}}'", "get pod p1 --template='{{.kind}}'", "get pod p1 -o 'go-template={{range $i, $c := .spec.containers}}{{$i}}={{$c.name}};{{end}}'",
        'get pods --sort-by=.metadata.labels.app', 'get pods --sort-by={.spec.containers[0].image}', 'get pods --sort-by=.metadata.name -o name', 'get pods --sort-by=.spec.containers[0].image -o jsonpath={.items[*].metadata.name}', 'get pods p1 p2', 'get pods p2 p1 -o name', 'get pod/p1 svc/svc', 'get pod/p1 svc/svc -o wide', 'get pod/p1 svc/svc -o json', 'get pod p1 nope -o json', 'get pods -l app in (a,b)', "get pods -l 'app in (a,b)'",
        "get pods -l 'app notin (a)'", "get pods -l '!tier'", 'get pods -l app==a,tier', 'get pods --selector=app=a --field-selector=metadata.name=p1', 'get pods --field-selector=metadata.name!=p1', 'get deploy web --subresource=scale -o yaml', 'get deploy web --subresource=nope', 'get pods --ignore-not-found', 'get nodes --ignore-not-found', 'get pods nope --ignore-not-found -o json', 'get pod p1 -o json --show-managed-fields', 'get cm -o yaml', 'get pods -A --no-headers -l none=x',
        'get deployments.apps', 'get deployment.v1.apps/web', 'get deploy.apps web', 'get hpa.v1.autoscaling', 'get events', 'get ev --field-selector=type=Warning', 'get pods --output-watch-events', 'get pods --server-print=false', 'get svc --server-print=false -o wide', 'get --raw /api/v1/namespaces/NAMESPACE/pods/p1/status -o json', 'get --raw=/api/v1/nope', 'get pods -o wide --sort-by=.metadata.name', 
      ].map(line),
    ],
  },
  {
    name: 'watches',
    steps: [
      { ...line('create -f -'), stdin: WORKLOADS },
      ...[
        { ...line('get pods -w'), lines: 3 }, { ...line('get pods -w --output-watch-events'), lines: 3 }, { ...line('get pod p1 -w -o json'), lines: 5 }, { ...line('get pods -w -o name'), lines: 2 }, { ...line('get pod p1 -w'), lines: 2 }, { ...line('get pods -w --output-watch-events -o yaml'), lines: 8 },
        { ...line('get pods -w -o custom-columns=N:.metadata.name'), lines: 3 }, { ...line("get pods -w -o 'jsonpath={.metadata.name}{\"\\n\"}'"), lines: 2 }, { ...line('get pods -w -o wide --show-labels'), lines: 3 }, { ...line('get pods -w -L app --no-headers'), lines: 2 }, { ...line('get deploy,svc -w'), lines: 1 }, line('get pods p1 p2 -w'), line('get pods -A p1 -w'), line('get pods --output-watch-events'),
        { ...line('get pods -l app=b -w --show-kind'), lines: 2 }, { ...line('events -w'), lines: 0 },
      ].slice(0, -1),
    ],
  },
  {
    name: 'rollouts of all kinds',
    steps: [
      { ...line('create -f -'), stdin: WORKLOADS }, line('rollout history deploy web'), line('rollout history deploy web --revision=1'), { ...line('create -f -'), stdin: HISTORY },
      ...[
        'rollout history deploy web', 'rollout history deploy web --revision=1', 'rollout history deploy web --revision=9', 'rollout history deploy web -o name', 'rollout history deploy web --template={{.kind}}:{{.metadata.name}}', 'rollout history ds ds -o name', 'rollout history ds ds --revision=1 -o jsonpath={.kind}:{.spec.template.spec.containers[0].image}', 'rollout history ds ds', 'rollout history ds ds --revision=1', 'rollout history sts sts', 'rollout history sts', 'rollout history rs web-1', 'rollout history', 'rollout undo deploy web --to-revision=1 --dry-run=client', 'rollout undo deploy web --to-revision=9', 'rollout undo deploy web --to-revision=1',
        'get deploy web -o jsonpath={.spec.template.spec.containers[0].image}', 'rollout undo ds ds --to-revision=1', 'rollout undo sts sts', 'rollout undo rs web-1', 'rollout pause ds ds', 'rollout resume sts sts', 'rollout restart ds ds sts/sts', 'rollout restart ds ds', 'rollout restart sts', 'rollout restart deploy -l app=web', 'rollout restart deploy -l app=none', 'rollout status ds ds --watch=false', 'rollout status sts sts --watch=false', 'rollout status deploy web --revision=3 --watch=false',
        'rollout status deploy web --timeout=1s', 'rollout status deploy nope', 'rollout status', 'rollout pause deploy web', 'rollout undo deploy web', 'rollout restart deploy web', 'rollout resume deploy web', 'rollout frob',
      ].map((text) => (text === 'rollout' || text === 'rollout frob' ? { ...line(text), ignoreStderr: true } : line(text))),
    ],
  },
  {
    name: 'waits',
    steps: [
      { ...line('create -f -'), stdin: WORKLOADS },
      ...[
        'wait pod/p1 --for=jsonpath={.status.phase}=Pending', 'wait pod/p1 --for=jsonpath={.status.phase} --timeout=1s', 'wait pods --all --for=jsonpath={.status.phase}=Pending', 'wait pod/p1 --for=condition=Ready --timeout=1s', 'wait pod/p1 --for=condition=Ready=False --timeout=0', 'wait pod/p1 --for=create', 'wait pod/nope --for=condition=Ready', 'wait pod/nope --for=delete', 'wait --for=delete pods -l app=none', 'wait --for=condition=Ready pods -l app=none', 'wait pod p1 --for=bogus', 'wait pod/p1 --for=jsonpath={.bad',
        'wait pod/p1 --for=jsonpath={.metadata.name}=', 'wait --for=condition=Ready', 'wait pods --for=condition=Ready --timeout=1s', 'wait pod/p1 --for=delete --timeout=1s', 'wait pod/p1 --for=jsonpath={.spec.containers[*].name}=c --timeout=1s',
      ].map(line),
    ],
  },
  {
    name: 'rights',
    steps: [
      'auth can-i', 'auth can-i create', 'auth can-i get pods --subresource=log', 'auth can-i get pod/x', 'auth can-i get pods x', 'auth can-i --list -o wide', 'auth can-i --list --no-headers', 'auth can-i get pods -A', 'auth can-i * *', 'auth can-i get pods --as=nobody', 'auth can-i get /healthz --as=nobody', 'auth whoami -o yaml', 'auth whoami -o json', 'auth whoami -o name', 'auth whoami --as=joe --as-group=a --as-group=b', 'auth can-i use podsecuritypolicies', 'auth can-i get deploy.apps', 'auth can-i get foos.example.com', 'auth', 'auth can-i list pods,svc',
    ].map((text) => (text === 'auth' ? { ...line(text), ignoreStderr: true } : line(text))).concat([
      { run: ['auth', 'reconcile', '-f', '-'], stdin: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: NAMESPACE}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: rb, namespace: NAMESPACE}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\nsubjects: [{kind: User, name: u, apiGroup: rbac.authorization.k8s.io}]\n' },
      { run: ['auth', 'reconcile', '-f', '-'], stdin: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: NAMESPACE}\nrules: [{apiGroups: [""], resources: [pods], verbs: [list]}]\n' },
      { run: ['auth', 'reconcile', '--remove-extra-permissions', '--dry-run=client', '-f', '-'], stdin: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: NAMESPACE}\nrules: [{apiGroups: [""], resources: [pods], verbs: [watch]}]\n' },
      { run: ['auth', 'reconcile', '-f', '-', '-o', 'yaml'], stdin: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: rb, namespace: NAMESPACE}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\nsubjects: [{kind: Group, name: g, apiGroup: rbac.authorization.k8s.io}]\n' },
    ] as never),
  },
];
