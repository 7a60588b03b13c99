/**
 * Command lines for which the package's kubectl is held against a stock one. `NAMESPACE` is each one's own namespace. A command that goes on is stopped once it has printed `lines` lines.
 * `since` 35: kubectl 1.35 and 1.36 do it so, and older ones otherwise: these are run and not compared. `until` 33: newer ones do it otherwise by mistake.
 * `inAnyOrder`: stock kubectl tells what it found in the order of a map of Go, which is another one each time.
 */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly { readonly run: readonly string[]; readonly stdin?: string; readonly ignoreStderr?: boolean; readonly inAnyOrder?: boolean; readonly lines?: number; readonly since?: number; readonly until?: number; readonly env?: Readonly<Record<string, string>> }[];
}

export const line = (text: string): { run: string[] } => ({ run: (text.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, '')) });

/** Of a newer kubectl. */
export const since = (minor: number, text: string): { run: string[]; since: number } => ({ ...line(text), since: minor });

export const manifests: Readonly<Record<string, string>> = {
  'web.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.25
        ports: [{containerPort: 80}]
        env: [{name: A, value: "1"}]
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 80}]
`,
  'web2.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web, tier: front}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: nginx:1.26
        ports: [{containerPort: 80}]
`,
};

export const scenarios: readonly Scenario[] = [
  {
    name: 'get',
    steps: [
      'get pods', 'get', 'get pods nothing', 'get nonsense', 'get configmap/a configmap/b', 'get pods -o json', 'get pods -o yaml', 'get pods --bad-flag',
      'create -f web.yaml', 'get deploy,svc', 'get all', 'get deploy web -o wide', 'get deploy web --show-labels', 'get deploy -L app', 'get svc web -o json', 'get svc web -o yaml', 'get deploy web -o yaml',
      "get deploy -o jsonpath={.items[*].spec.template.spec.containers[0].image}", "get deploy web -o 'jsonpath={range .spec.template.spec.containers[*]}{.name}={.image}{\"\\n\"}{end}'", 'get deploy -o name', 'get deploy,svc -o name',
      'get deploy -o custom-columns=N:.metadata.name,I:.spec.template.spec.containers[*].image,X:.nope', "get deploy web -o 'go-template={{.metadata.name}} {{range .spec.template.spec.containers}}{{.image}}{{end}}'",
      'get deploy --no-headers', 'get deploy -o bogus', 'get deploy web nope', 'get deploy nope --ignore-not-found', 'get deploy -l app=web', 'get deploy -l app=nope', 'get deploy --sort-by=.metadata.name', 'get -f web.yaml', 'get svc -A --field-selector metadata.namespace=NAMESPACE',
    ].map(line),
  },
  {
    name: 'create, apply and delete',
    steps: [
      'create configmap a --from-literal=k=v', 'create configmap a --from-literal=k=v', 'create secret generic s --from-literal=k=v', 'create serviceaccount sa', 'create -f web.yaml', 'create -f web.yaml', 'create -f nope.yaml',
      'apply -f web.yaml', 'apply -f web.yaml', 'apply -f web2.yaml', 'get deploy web -o yaml', 'apply -f web2.yaml', 'apply -f web2.yaml --dry-run=server', 'apply -f web.yaml --server-side',
      'create deployment d --image=nginx', 'create job j --image=busybox -n NAMESPACE -- sleep 1', 'create service clusterip c --tcp=80', 'create quota q --hard=pods=2', 'create role r --verb=get --resource=pods', 'create rolebinding rb --role=r --user=u',
      'get cm,secret,sa,deploy,job,svc,quota,role,rolebinding', 'delete configmap a', 'delete configmap a', 'delete deploy,svc --all', 'delete -f web.yaml', 'delete', 'delete pods', 'delete secret s nope',
    ].map(line),
  },
  {
    name: 'label, annotate, patch, scale and replace',
    steps: [
      'create -f web.yaml', 'label deploy web a=b', 'label deploy web a=b', 'label deploy web a=c', 'label deploy web a=c --overwrite', 'label deploy web a-', 'label deploy web nope-', 'label deploy web', 'label deploy nope a=b', 'annotate deploy web x=y', 'annotate deploy web x=z', 'annotate deploy web x-',
      'patch deploy web -p {"spec":{"replicas":4}}', 'patch deploy web -p {"spec":{"replicas":4}}', 'patch deploy web', 'patch deploy web --type=bogus -p {}', 'patch deploy web -p {"spec":{"replicas":-4}}', 'scale deploy web --replicas=1', 'scale deploy/web --replicas=2 --current-replicas=5', 'scale deploy web', 'replace -f web2.yaml', 'get deploy web -o yaml',
    ].map(line),
  },
  {
    name: 'nodes',
    steps: [
      { run: ['apply', '-f', '-'], stdin: 'apiVersion: v1\nkind: Node\nmetadata: {name: node-NAMESPACE}\n', ignoreStderr: true },
      ...['cordon NODE', 'cordon NODE', 'uncordon NODE', 'uncordon NODE', 'cordon nope', 'cordon', 'taint nodes NODE a=b:NoSchedule', 'taint nodes NODE a=b:NoSchedule', 'taint nodes NODE a=b:NoExecute c:NoSchedule', 'taint nodes NODE a-', 'taint nodes NODE a-', 'taint nodes NODE b', 'drain NODE', 'drain nope', 'uncordon NODE'].map((text) => line(text.replace('NODE', 'node-NAMESPACE'))),
    ],
  },
  {
    name: 'rollout, wait and what the server has',
    steps: [
      'create -f web.yaml', 'rollout status deploy/web --watch=false', 'rollout pause deploy web', 'rollout pause deploy web', 'rollout resume deploy web', 'rollout resume deploy web', 'rollout restart deploy/web', 'rollout status svc/web',
      'wait --for=jsonpath={.spec.replicas}=2 deploy/web', 'wait --for=condition=Available deploy/web --timeout=0s', 'wait --for=delete deploy/nope', 'wait --for=bogus deploy/web', 'api-resources', 'api-resources -o wide --namespaced=false', 'api-resources -o name', 'api-versions',
    ].map(line),
  },
  {
    name: 'describe of a kind without a describer of its own',
    steps: [
      { run: ['apply', '-f', '-'], stdin: 'apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: l, labels: {a: b, c: d}, annotations: {x: z}}\nspec: {holderIdentity: me, leaseDurationSeconds: 7}\n' },
      ...['describe lease l', 'describe lease nope', 'describe lease/l --show-events=false'].map(line),
    ],
  },
  {
    name: 'run and config',
    steps: ['run p --image=nginx', 'run p', 'run p2 --image=nginx --rm', 'get pods', 'config current-context', 'config get-contexts', 'config use-context nope', 'config get-clusters', 'delete pod p p2'].map(line),
  },
];
