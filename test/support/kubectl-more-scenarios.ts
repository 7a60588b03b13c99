import { line, type Scenario, since } from './kubectl-scenarios.ts';

/** The commands that came after the first ones. */
export const moreScenarios: readonly Scenario[] = [
  {
    name: 'describe, kind by kind',
    steps: [
      'create -f web.yaml', 'create -f misc.yaml', 'create -f pod.yaml', 'describe pod p', 'describe deploy web', 'describe ds ds', 'describe sts sts', 'describe rs rs', 'describe rc rc', 'describe job j', 'describe cronjob cj', 'describe svc np', 'describe cm cm',
      'describe secret s', 'describe sa sa', 'describe quota q', 'describe limits lr', 'describe pvc pvc', 'describe ing ing', 'describe netpol pol', 'describe pdb pdb', 'describe role role', 'describe rolebinding rb', 'describe ep ep', 'describe endpointslice np-x',
      'describe hpa hpa', 'describe ns NAMESPACE', 'describe pods', 'describe pod p --show-events=false', 'describe', 'describe nope',
    ].map(line),
  },
  {
    name: 'set',
    steps: [
      'create -f web.yaml', 'create service clusterip np --tcp=80', 'create configmap cm --from-literal=b-c=v', 'create rolebinding rb --role=r --user=u', 'set', 'set frob', 'set image deploy/web foo=bar', 'set image deploy/web', 'set image deploy/web web=nginx:1.25', 'set image deploy/web web=nginx:2',
      'set image deploy/web *=nginx:3 --dry-run=server', 'set image', 'set env deploy/web A=b', 'set env deploy/web A=b', 'set env deploy/web --list', 'set env deploy/web A-', 'set env deploy/web', 'set env deploy/web A- A=b', 'set env --from=configmap/cm deploy/web', 'set env deploy/web --list',
      'set env deploy/web --list --resolve', 'set resources deploy/web --limits=cpu=1,memory=1Gi', 'set resources deploy/web', 'set resources deploy/web --limits=cpu=x', 'set resources deploy/web --limits=cpu=1,memory=1Gi', 'set serviceaccount deploy/web sa1', 'set sa deploy web sa1',
      'set selector svc/np a=b', 'set selector deploy/web a=b', 'set subject rolebinding rb --user=u2 --serviceaccount=ns:sa', 'set subject rolebinding rb', 'set subject rolebinding rb --user=u2', 'set subject deploy/web --user=a', 'get deploy,rolebinding -o yaml',
    ].map((text) => (text === 'set' ? { ...line(text), ignoreStderr: true } : line(text))),
  },
  {
    name: 'expose, autoscale, certificate, events and top',
    steps: [
      'create -f web.yaml', 'run p --image=nginx --port=80', 'create configmap cm', 'expose deploy web --port=80', 'expose deploy web --port=80', 'expose deploy web --name=w2 --target-port=http --protocol=UDP', 'expose pod p --name=w3', 'expose cm cm --port=80', 'expose deploy nope', 'get svc -o yaml',
      'autoscale deploy web --max=3 --min=2 --cpu-percent=50', 'autoscale deploy web', 'autoscale deploy web --max=0', 'autoscale svc web --max=3', 'get hpa web -o yaml', 'certificate approve nope', 'certificate approve', 'events', 'events --for=pod/p', 'events --types=bogus', 'top pods', 'top nodes', 'cluster-info', 'plugin list', 'completion', 'completion foo',
    ].map(line),
  },
  {
    name: 'diff and kustomizations',
    steps: ['create -f web.yaml', 'diff -f web.yaml', 'diff -f web2.yaml', 'diff -f nope.yaml', 'diff', 'apply -f web2.yaml', 'diff -f web.yaml', 'kustomize layers', 'kustomize layers/base', 'kustomize nope', 'kustomize', 'diff -k layers', 'apply -k layers', 'apply -k layers', 'get deploy,cm,secret -o name', 'delete -k layers'].map((text) => (text.startsWith('kustomize') ? { run: [...line(text).run, '-n', 'NAMESPACE'] } : line(text))),
  },
  {
    name: 'explain',
    steps: [
      'explain pods', 'explain pods.spec.containers.ports', 'explain pods.spec --recursive', 'explain pods.metadata.labels', 'explain pods.nope', 'explain nope', 'explain', 'explain deploy.spec.strategy', 'explain deploy --api-version=apps/v2', 'explain pods.spec.restartPolicy', 'explain pods.spec.containers.resources.limits',
      'explain pods.spec.containers --output=plaintext-openapiv2', 'explain svc --output plaintext-openapiv2', 'explain pods.spec.affinity --recursive --output plaintext-openapiv2', 'explain pods --output=foo', 'explain pods x', 'explain ingress.spec',
    ].map(line),
  },
  {
    name: 'auth',
    steps: ['auth can-i get pods', 'auth can-i --list', 'auth can-i frob pods', 'auth can-i get /logs', 'auth can-i get nope', 'auth whoami', 'auth can-i get nodes', 'auth can-i get pods/log', 'auth can-i get pods -q', 'auth can-i', 'auth reconcile'].map(line),
  },
  {
    name: 'generators of create and their complaints',
    steps: [
      'create serviceaccount sa', 'create token sa', 'create cronjob cj2 --image=x --schedule=@daily', 'create ingress i2 --rule=a.b/x=svc:80', 'create pdb p2 --selector=a=b --min-available=1', 'create pdb p3', 'create secret tls t --cert=nope --key=nope', 'create secret docker-registry dr --docker-username=u --docker-password=p',
      'create service nodeport', 'create service externalname en --external-name=a.b', 'create deployment', 'create deployment d', 'create job jj', 'create quota', 'create role r2', 'create role r2 --verb=get', 'create token nope', 'create secret foo', 'create configmap x --from-file=nope', 'create configmap x --from-literal=bad', 'create ns', 'create job j2 --from=cronjob/cj2',
      'create frob', 'get cronjob,ingress,pdb,secret,svc,job -o yaml',
    ].map(line),
  },
  {
    name: 'flags of get, delete and the rest',
    steps: [
      'create -f web.yaml', 'create -f pod.yaml', 'get deploy web --subresource=scale', 'get deploy web --subresource=status -o name', 'get pods --raw /version', 'get pods --sort-by=.metadata.name', 'get pods --sort-by=.nope', 'get pods --chunk-size=1', 'get pods --field-selector=status.phase=Running', 'get pods --field-selector=nope=x', 'get all --show-kind',
      'delete pod p --now --grace-period=3', 'delete pods --all -l a=b', 'delete pod nope --ignore-not-found', 'delete pod p --dry-run=client', 'delete pod p --cascade=bogus', 'delete pod p -o name', 'wait --for=create cm/nope --timeout=1s', 'wait pod/p', 'rollout restart svc/nope', 'rollout history deploy/web', 'rollout undo deploy/web', 'api-resources -o json --api-group=apps', 'api-resources --sort-by=kind', 'api-resources --categories=all',
      'logs nope', 'exec', 'exec p', 'port-forward', 'port-forward p', 'port-forward pod/nope 80', 'cp a b', 'cp a', 'cp nope p:/x', 'attach', 'attach nope', 'debug', 'debug p', 'scale deploy web --replicas=x', 'patch deploy web --type=json -p [{"op":"replace","path":"/spec/replicas","value":7}]',
    ].map((text) => (text.startsWith('api-resources -o json') ? since(35, text) : line(text))),
  },
  {
    name: 'config',
    steps: [
      'config view', 'config view --minify', 'config view -o json', 'config set-cluster NAMESPACE-c --server=https://x', 'config set-credentials NAMESPACE-u --token=abc', 'config set-credentials NAMESPACE-u --token=abc --username=q', 'config set-context NAMESPACE-x --cluster=NAMESPACE-c --user=NAMESPACE-u', 'config set-context NAMESPACE-x --user=other', 'config get-contexts NAMESPACE-x',
      'config rename-context NAMESPACE-x NAMESPACE-y', 'config rename-context nope x', 'config set clusters.NAMESPACE-c.server https://y', 'config unset contexts.NAMESPACE-y.namespace', 'config set nope x', 'config get-contexts nope', 'config delete-context NAMESPACE-y', 'config delete-context nope', 'config delete-cluster NAMESPACE-c', 'config delete-user NAMESPACE-u', 'config delete-user nope', 'config set-context', 'config get-users',
    ].map(line),
  },
];
