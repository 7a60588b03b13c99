import { line, type Scenario } from './kubectl-scenarios.ts';

const EVENTS = ['Normal', 'Warning'].map((type, index) => `
apiVersion: v1
kind: Event
metadata: {name: e${index}}
involvedObject: {apiVersion: v1, kind: Pod, name: p${index}, namespace: NAMESPACE, uid: u${index}}
reason: Because${index}
message: something happened ${index}
type: ${type}
count: ${index + 1}
source: {component: me}
firstTimestamp: 2026-01-01T00:0${index}:00Z
lastTimestamp: 2026-01-01T00:0${index}:30Z
`).join('---');

/** Events, debugging, generators and what is left. */
export const otherScenarios: readonly Scenario[] = [
  {
    name: 'events in their ways',
    steps: [
      { ...line('create -f -'), stdin: EVENTS },
      ...['events', 'events --types=Warning', 'events --types=Normal,Warning', 'events --for=pod/p0', 'events --for pod/p1 --no-headers', 'events --for=nope', 'events --types=x', 'events -o jsonpath={.items[*].reason}', 'get events', 'get events --sort-by=.lastTimestamp', 'get events --sort-by=.metadata.name -o name', 'get events -o wide', 'events -A --no-headers --for=pod/none'].map(line),
      { ...line('events --watch'), lines: 3 }, { ...line('get events -w'), lines: 3 },
    ],
  },
  {
    name: 'every generator of create',
    steps: [
      'create configmap a --from-literal=a=b --from-literal=c=d', 'create configmap b --from-file=web.yaml --dry-run=client -o name', 'create configmap c --from-file=key=web.yaml -o jsonpath={.data}', 'create configmap d --from-env-file=nope', 'create configmap e --from-literal=a=b --append-hash', 'create cm f --from-literal=a=b --dry-run=client -o yaml', 'create secret generic s --from-literal=a=b --type=x/y -o yaml --dry-run=client',
      'create secret generic s2 --from-literal=a=b --append-hash -o name', 'create secret docker-registry dr --docker-server=x --docker-username=u --docker-password=p --docker-email=e -o yaml --dry-run=client', 'create secret docker-registry dr2', 'create deployment d --image=a --image=b --port=80 --dry-run=client -o yaml', 'create job j --image=a --dry-run=client -o jsonpath={.spec.template.spec.containers} -- x y', 'create cronjob cj --image=a --schedule=@hourly --restart=Never --dry-run=client -o jsonpath={.spec.schedule}{.spec.jobTemplate.spec.template.spec.restartPolicy}',
      'create service clusterip s1 --tcp=80:8080 --tcp=443 --dry-run=client -o yaml', 'create service clusterip s2 --clusterip=None --dry-run=client -o yaml', 'create service nodeport s3 --tcp=80 --node-port=30123 --dry-run=client -o yaml', 'create service loadbalancer s4 --tcp=80 --dry-run=client -o yaml', 'create service externalname s5 --external-name=a.b --tcp=80 --dry-run=client -o yaml', 'create role r --verb=get,list --resource=pods,deploy.apps/scale --resource-name=x --dry-run=client -o yaml',
      'create clusterrole cr --verb=get --non-resource-url=/x --dry-run=client -o yaml', 'create clusterrole cr2 --aggregation-rule=a=b --dry-run=client -o yaml', 'create clusterrole cr3 --verb=get', 'create rolebinding rb --clusterrole=view --user=a --group=b --serviceaccount=c:d --dry-run=client -o yaml', 'create rolebinding rb2 --role=a --clusterrole=b', 'create rolebinding rb3', 'create clusterrolebinding crb --clusterrole=view --serviceaccount=bad', 'create clusterrolebinding crb --clusterrole=view --user=u --dry-run=client -o yaml',
      'create quota q --hard=cpu=1,pods=2 --scopes=BestEffort --dry-run=client -o yaml', 'create quota q2 --hard=bad', 'create pdb p --selector=a=b --max-unavailable=50% --dry-run=client -o yaml', 'create pdb p2 --selector=a=b --min-available=1 --max-unavailable=1', 'create priorityclass pc --value=5 --global-default --description=x --preemption-policy=Never --dry-run=client -o yaml', 'create ingress i --rule=a.b/x*=svc:80,tls=cert --class=n --default-backend=d:http --annotation=q=r --dry-run=client -o yaml', 'create ingress i2 --rule=bad', 'create ingress i3',
      'create serviceaccount sa --dry-run=client -o yaml', 'create namespace n-x --dry-run=client -o yaml', 'create token nope --duration=1h', 'create sa sa2', 'create token sa2 --bound-object-kind=Frob', 'create token sa2 --duration=-1h', 'create configmap', 'create configmap a b', 'create -f web.yaml --dry-run=server', 'create -f web.yaml --dry-run=bogus', 'create -f web.yaml --validate=bogus', 'create -f web.yaml -o name', 'create -f web.yaml --save-config',
    ].map(line),
  },
  {
    name: 'what is left: labels, annotations, scale, api-resources, explain, debug',
    steps: [
      'create -f web.yaml', 'run p --image=nginx', 'label pods p a=b --dry-run=client', 'label pods p a=b --dry-run=server', 'label pods p a=b -o name', 'label pods --all x=y', 'label pods p a=b c-', 'label pods p a=c', 'label pods p bad/key/x=1', 'annotate pods p a=b -o yaml --dry-run=client', 'annotate pods --all q=r', 'annotate -f web.yaml x=y',
      'label pods -l x=y z=1', 'label pods --field-selector=metadata.name=p f=1', 'scale deploy web --replicas=2 -o name', 'scale deploy web --replicas=2 --dry-run=client', 'scale deploy --all --replicas=1', 'scale deploy -l app=web --replicas=3', 'scale --replicas=3 -f web.yaml', 'scale pod p --replicas=2', 'scale deploy web --current-replicas=9 --replicas=1', 'patch deploy web --subresource=status --type=merge -p {"status":{"replicas":3}}', 'patch deploy web --type=merge -p bad',
      'patch -f web.yaml -p {"metadata":{"labels":{"z":"z"}}}', 'patch deploy web --patch-file=nope', 'patch deploy nope -p {}', 'api-resources --api-group=apps', 'api-resources --api-group=apps --no-headers', 'api-resources --verbs=list,create --api-group=batch -o name', 'api-resources --namespaced=true --api-group=policy -o wide', 'api-resources --sort-by=name --api-group=apps', 'api-resources --sort-by=bad', 'api-resources --categories=api-extensions', 'api-resources x', 'api-versions x',
      'cluster-info x', 'debug p --image=busybox --target=p -q', 'debug p --image=busybox --copy-to=p2 --container=dbg -q --attach=false', 'get pod p2 -o jsonpath={.spec.containers[*].name}', 'debug p --copy-to=p3 --set-image=*=x --attach=false', 'get pod p3 -o jsonpath={.spec.containers[*].image}', 'debug node/nope --image=x', 'debug nope --image=x', 'debug p --image=x --profile=bogus', 'debug deploy/web --image=x', 'exec p -- ls', 'exec deploy/web -- ls', 'logs p', 'logs p --tail=x', 'logs p -c nope', 'port-forward p bad', 'run sp --image=x --port=80 --expose', 'port-forward svc/sp 99', 'port-forward svc/sp bad', 'label pods p a=b --resource-version=1', 'logs -l app=web', 'logs -l none=x', 'logs', 'logs p q r', 'cp p:/x',
      'set env deploy/web X=y --dry-run=client -o yaml', 'set env deploy/web --from=configmap/nope', 'set image deploy web web=x:9 -o jsonpath={.spec.template.spec.containers[0].image}', 'set resources deploy web -c nope --limits=cpu=1', 'set resources deploy web --requests=cpu=100m --dry-run=server', 'set image pods --all p=x:2', 'autoscale deploy web --min=5 --max=3', 'taint node nope a=b:NoSchedule', 'taint nodes --all q-', 'cordon nope', 'drain nope', 'drain', 'uncordon -l a=b', 'version --client -o bogus', 'completion bash x',
    ].map((text) => (text.startsWith('debug') ? { ...line(text), ignoreStderr: true } : line(text))),
  },
  {
    name: 'kustomizations: components, generators that merge, patches, replacements',
    steps: ['kustomize trees/base', 'kustomize trees/merge', 'kustomize trees/files', 'kustomize trees/rep', 'create -k trees/files', 'get -k trees/files', 'apply -k trees/files', 'diff -k trees/files', 'delete -k trees/files'].map((text) => (text.startsWith('kustomize') ? line(text) : { ...line(text), ignoreStderr: true })),
  },
];
