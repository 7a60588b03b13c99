import { line, type Scenario, since } from './kubectl-scenarios.ts';

const NODE = 'apiVersion: v1\nkind: Node\nmetadata: {name: n-NAMESPACE, labels: {of: NAMESPACE}}\n';
const pod = (name: string, metadata: string, spec = ''): string => `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}${metadata}}\nspec: {nodeName: n-NAMESPACE, terminationGracePeriodSeconds: 0, containers: [{name: c, image: x}]${spec}}\n`;
const owner = (kind: string, name: string): string => `, ownerReferences: [{apiVersion: apps/v1, kind: ${kind}, name: ${name}, uid: u-1, controller: true}]`;
const drains = (...flags: readonly string[]): Scenario['steps'] => flags.map((text) => line(`drain n-NAMESPACE ${text}`.trim()));
const made = (stdin: string): Scenario['steps'][number] => ({ ...line('create -f -'), stdin });

/** Nodes that are taken out, and what is said against it. */
export const drainScenarios: readonly Scenario[] = [
  {
    name: 'nodes that are not there, and flags that are none',
    steps: [
      'cordon a b', 'cordon nodes/a', 'drain a b', 'uncordon a b', 'drain nope --dry-run=client', 'drain nope --dry-run=server', 'drain nope --dry-run=bogus', 'drain nope --chunk-size=x', 'drain nope --timeout=x', 'drain --selector=a=b', 'drain -l nope=x', 'drain -l nope=x --pod-selector=a=b',
      "drain a --pod-selector='a in'", 'drain a --pod-selector=a=b --grace-period=x', 'drain a --skip-wait-for-delete-timeout=x', 'drain a --ignore-daemonsets --delete-emptydir-data --force --disable-eviction', 'drain a --delete-local-data', 'drain a -l b=c', 'cordon a -l b=c', 'uncordon',
    ].map(line),
  },
  {
    name: 'pods without a controller',
    steps: [
      { ...line('apply -f -'), stdin: NODE }, made(pod('bare', ', labels: {app: a}')), ...drains('', '--dry-run=client', '--pod-selector=app=a', '--pod-selector=app=b --dry-run=client', '--force --dry-run=client', '--force --dry-run=server', "--pod-selector='app in'"),
      ...['cordon n-NAMESPACE --dry-run=server', 'uncordon n-NAMESPACE --dry-run=client', 'uncordon n-NAMESPACE', 'cordon -l of=NAMESPACE', 'cordon -l of=NAMESPACE', 'drain -l of=NAMESPACE', 'drain node/n-NAMESPACE', 'uncordon n-NAMESPACE nope', 'get node n-NAMESPACE'].map(line),
      ...drains('--force --disable-eviction --timeout=10s'), line('get pods'),
    ],
  },
  { name: 'pods with data of their own', steps: [{ ...line('apply -f -'), stdin: NODE }, made(pod('local', owner('ReplicaSet', 'rs'), ', volumes: [{name: v, emptyDir: {}}]')), ...drains('', '--force', '--delete-emptydir-data --dry-run=client', '--delete-emptydir-data --grace-period=0 --disable-eviction')] },
  {
    name: 'pods of daemon sets, and of those that are gone',
    steps: [
      { ...line('apply -f -'), stdin: NODE }, line('create -f misc.yaml'), made(pod('of-daemon', owner('DaemonSet', 'ds'))), ...drains('', '--ignore-daemonsets --dry-run=client', '--ignore-daemonsets'), line('uncordon n-NAMESPACE'),
      line('delete ds ds --cascade=orphan'), ...drains('--ignore-daemonsets', '--ignore-daemonsets --force --dry-run=client'), made(pod('mirror', ', annotations: {kubernetes.io/config.mirror: x}')), ...drains('--ignore-daemonsets --force --pod-selector=nothing=here'),
    ],
  },
  {
    name: 'explanations of custom resources, and of fields',
    steps: [
      made('apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets-NAMESPACE.example.com}\nspec: {group: example.com, scope: Namespaced, names: {plural: widgets-NAMESPACE, singular: widget-NAMESPACE, kind: WidgetNAMESPACE, shortNames: [wd-NAMESPACE]}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, description: A widget., properties: {spec: {type: object, description: What is wanted., required: [size], properties: {size: {type: integer, description: How large., minimum: 1}, mode: {type: string, enum: [fast, slow]}, tags: {type: array, items: {type: string}}, parts: {type: array, items: {type: object, properties: {name: {type: string}}}}, options: {type: object, additionalProperties: {type: string}}, any: {type: object, x-kubernetes-preserve-unknown-fields: true}, port: {x-kubernetes-int-or-string: true}}}}}}}]}\n'),
      line('wait --for=condition=Established crd/widgets-NAMESPACE.example.com --timeout=10s'),
      ...['', '.spec.size', '.spec.mode', '.spec.tags', '.spec.parts', '.spec.options', '.spec.any', '.spec.port', '.spec.nope', ' --recursive', ' --api-version=example.com/v1', ' --api-version=example.com/v2'].map((rest) => line(`explain widgets-NAMESPACE.example.com${rest}`)),
      ...['explain widget-NAMESPACE', 'explain wd-NAMESPACE.spec', 'explain pods.spec.containers --recursive', 'explain pod.v1', 'explain deployments.apps.spec', 'explain hpa --api-version=autoscaling/v1', 'explain hpa --api-version=autoscaling/v2 --recursive', 'explain pods..spec', 'explain pods.spec.', 'explain endpointslices.discovery.k8s.io.endpoints',
        'explain deploy.spec.replicas.foo', 'explain pods.spec.nope.deeper', 'explain deploy.metadata.managedFields.fieldsV1', 'explain cm.binaryData', 'explain quantity', 'explain pods.spec.containers.image --output=plaintext-openapiv2', 'explain svc.spec.ports --output=plaintext-openapiv2 --recursive', 'explain netpol.spec.ingress.from.ipBlock', 'explain deployment.spec.template.spec', 'delete crd widgets-NAMESPACE.example.com'].map(line),
    ],
  },
  {
    name: 'whole numbers of 64 bits in custom resources',
    steps: [
      made('apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: snaps-NAMESPACE.example.com}\nspec: {group: example.com, scope: Namespaced, names: {plural: snaps-NAMESPACE, kind: SnapNAMESPACE}, versions: [{name: v1, served: true, storage: true, additionalPrinterColumns: [{name: Time, type: integer, jsonPath: .time}], schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {time: {type: integer, format: int64}}}}}]}'),
      line('wait --for=condition=Established crd/snaps-NAMESPACE.example.com --timeout=10s'),
      // Not by a second apply: in its patches stock kubectl has fractions.
      ...[['apply', '1732732800123456789'], ['replace', '9223372036854775807']].flatMap(([verb, time]) => [
        { ...line(`${verb} -f -`), stdin: `apiVersion: example.com/v1\nkind: SnapNAMESPACE\nmetadata: {name: a}\ntime: ${time}\nother: {list: [${time}, 1, 2.5]}` }, ...['', '-o json', '-o yaml', '-o jsonpath={.time}{.other.list}', '-o custom-columns=T:.time', '-o go-template={{.time}}'].map((rest) => line(`get snaps-NAMESPACE a ${rest}`)),
      ]),
      line('patch snaps-NAMESPACE a --type=merge -p {"added":1732732800123456789}'), line('get snaps-NAMESPACE -o jsonpath={.items[*].added} --sort-by=.time'), { ...line('replace -f -'), stdin: '{"apiVersion":"example.com/v1","kind":"SnapNAMESPACE","metadata":{"name":"a"},"time":-9223372036854775808}' },
      ...['get snaps-NAMESPACE a -o jsonpath={.time}', 'apply view-last-applied snaps-NAMESPACE a', 'delete crd snaps-NAMESPACE.example.com'].map(line),
    ],
  },
  {
    name: 'outputs of kubectl 1.34 and newer',
    steps: [
      line('create -f web.yaml'),
      ...['get deploy web -o kyaml', 'get deploy,svc -o kyaml', 'get cm -o kyaml', 'api-resources -o yaml --api-group=batch', 'api-resources -o kyaml --api-group=policy', 'api-resources -o json --verbs=create --namespaced=false', 'api-resources -o foo', 'autoscale deploy web --max=3 --cpu=50% --dry-run=client -o yaml', 'autoscale deploy web --max=3 --cpu=500m --memory=70% --dry-run=client -o yaml',
        'autoscale deploy web --max=3 --cpu=1.5 --memory=100 --dry-run=client -o yaml', 'autoscale deploy web --max=3 --cpu=bad%', 'autoscale deploy web --max=3 --memory=bad', 'autoscale deploy web --max=3 --cpu-percent=50 --cpu=20%', 'autoscale deploy web --max=3 --cpu=20%', 'delete svc web --dry-run=server', 'delete deploy web'].map((text) => since(35, text)),
    ],
  },
];
