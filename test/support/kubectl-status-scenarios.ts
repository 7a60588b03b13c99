import { line, type Scenario } from './kubectl-scenarios.ts';

type Step = Scenario['steps'][number];

/** What a controller or a kubelet would say of an object. */
const says = (type: string, name: string, status: object): Step => ({ run: ['patch', type, name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }), '-o', 'name'] });
const lines = (...texts: readonly string[]): Step[] => texts.map(line);
const made = (stdin: string): Step => ({ ...line('create -f -'), stdin });
const T = '2026-01-02T03:04:05Z';
const condition = (type: string, status: string, more: object = {}): object => ({ type, status, lastTransitionTime: T, ...more });

const event = (name: string, kind: string, object: string, uid: string, more = 'count: 1\nfirstTimestamp: 2026-01-01T00:00:00Z\nlastTimestamp: 2026-01-01T00:01:00Z'): string => `
apiVersion: v1
kind: Event
metadata: {name: ${name}}
involvedObject: {kind: ${kind}, name: ${object}, namespace: NAMESPACE, uid: ${uid}}
reason: Because${name}
message: "something about ${object}\\n"
type: ${name.startsWith('w') ? 'Warning' : 'Normal'}
source: {component: me, host: h}
${more}
`;

const PODS = `
apiVersion: v1
kind: Pod
metadata: {name: full, labels: {app: web}, annotations: {long: "${'x'.repeat(200)}", multi: "a\\nb", kubectl.kubernetes.io/last-applied-configuration: "{}"}}
spec:
  priority: 0
  restartPolicy: Always
  serviceAccountName: robot
  schedulingGates: [{name: example.com/hold}]
  dnsConfig: {nameservers: [1.2.3.4]}
  securityContext: {seccompProfile: {type: RuntimeDefault}}
  initContainers:
  - {name: side, image: "busybox:1", restartPolicy: Always, ports: [{containerPort: 9, hostPort: 99}]}
  - {name: first, image: "busybox:1", command: ["sh", "-c", "true"], args: ["one", "two words"]}
  containers:
  - name: c
    image: "nginx:1"
    imagePullPolicy: Always
    ports: [{containerPort: 80}, {containerPort: 443, protocol: TCP, name: https}, {containerPort: 53, protocol: UDP}]
    resources: {limits: {cpu: "1", memory: 1Gi, example.com/gpu: "2"}, requests: {cpu: 100m, memory: 128Mi, example.com/gpu: "2"}}
    readinessProbe: {httpGet: {path: /healthz, port: https, scheme: HTTPS, httpHeaders: [{name: a, value: b}]}, periodSeconds: 7}
    livenessProbe: {grpc: {port: 9000, service: health}, failureThreshold: 9}
    startupProbe: {exec: {command: [cat, /tmp/a]}}
    env: [{name: EMPTY, value: ""}, {name: LINES, value: "a\\nb"}, {name: F, valueFrom: {fieldRef: {apiVersion: v1, fieldPath: status.podIP}}}, {name: RR, valueFrom: {resourceFieldRef: {containerName: c, resource: requests.memory, divisor: 1Mi}}}]
    volumeMounts: [{name: b, mountPath: /b, subPathExpr: $(F)}, {name: a, mountPath: /a, readOnly: true, subPath: x}]
  - {name: d, image: "redis:7", tty: true, stdin: true}
  ephemeralContainers: []
  volumes: [{name: a, emptyDir: {sizeLimit: 1Gi}}, {name: b, hostPath: {path: /b, type: Directory}}, {name: p, projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 600, audience: x}}, {configMap: {name: k, optional: true}}, {clusterTrustBundle: {name: ctb, path: ca.pem}}]}}]
  tolerations: [{key: k, operator: Exists}, {key: a, operator: Equal, value: b, effect: NoExecute, tolerationSeconds: 0}]
---
apiVersion: v1
kind: Pod
metadata: {name: broken, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: rs, uid: u, controller: true}, {apiVersion: v1, kind: ConfigMap, name: other, uid: v}]}
spec: {nodeName: node-x, runtimeClassName: rc, priorityClassName: "", hostNetwork: true, containers: [{name: c, image: x}]}
`;

const POD_STATUS = {
  phase: 'Running', podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }, { ip: 'fd00::3' }], hostIP: '192.168.0.1', hostIPs: [{ ip: '192.168.0.1' }], startTime: T, nominatedNodeName: 'other-node', qosClass: 'Burstable', message: 'some words', reason: 'SomeReason',
  conditions: [condition('PodScheduled', 'True'), condition('Initialized', 'True'), condition('ContainersReady', 'False', { reason: 'ContainersNotReady', message: 'containers with unready status: [d]' }), condition('Ready', 'False')],
  initContainerStatuses: [
    { name: 'side', ready: true, started: true, restartCount: 0, image: 'busybox:1', imageID: 'sha256:1', containerID: 'containerd://1', state: { running: { startedAt: T } } },
    { name: 'first', ready: true, restartCount: 1, image: 'busybox:1', imageID: 'sha256:1', containerID: 'containerd://2', state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: T, finishedAt: '2026-01-02T03:04:06Z' } } },
  ],
  containerStatuses: [
    { name: 'c', ready: true, started: true, restartCount: 3, image: 'nginx:1', imageID: 'sha256:2', containerID: 'containerd://3', state: { running: { startedAt: T } }, lastState: { terminated: { exitCode: 137, signal: 9, reason: 'OOMKilled', message: 'out of\nmemory', startedAt: T, finishedAt: T } } },
    { name: 'd', ready: false, restartCount: 0, image: 'redis:7', imageID: '', state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } } },
  ],
};

const node = `
apiVersion: v1
kind: Node
metadata: {name: node-NAMESPACE, labels: {kubernetes.io/hostname: h, node-role.kubernetes.io/control-plane: "", node-role.kubernetes.io/worker: ""}, annotations: {a: b}}
spec: {podCIDR: 10.9.0.0/24, podCIDRs: [10.9.0.0/24], providerID: "x://y", unschedulable: true, taints: [{key: a, value: b, effect: NoSchedule}, {key: node.kubernetes.io/unschedulable, effect: NoSchedule}]}
---
apiVersion: v1
kind: Pod
metadata: {name: on-node}
spec: {nodeName: node-NAMESPACE, initContainers: [{name: i, image: x, resources: {requests: {cpu: "2"}}}], containers: [{name: c, image: x, resources: {requests: {cpu: 250m, memory: 100Mi, example.com/gpu: "1"}, limits: {cpu: 500m, memory: 1Gi, example.com/gpu: "1"}}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: best-effort}
spec: {nodeName: node-NAMESPACE, containers: [{name: c, image: x}]}
`;

const NODE_STATUS = {
  capacity: { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '100Gi', 'hugepages-2Mi': '0', 'example.com/gpu': '2' }, allocatable: { cpu: '3800m', memory: '7Gi', pods: '110', 'ephemeral-storage': '90Gi', 'hugepages-2Mi': '0', 'example.com/gpu': '2' },
  addresses: [{ type: 'InternalIP', address: '192.168.0.9' }, { type: 'Hostname', address: 'h' }, { type: 'ExternalIP', address: '9.9.9.9' }],
  conditions: [condition('MemoryPressure', 'False', { lastHeartbeatTime: T, reason: 'KubeletHasSufficientMemory', message: 'kubelet has sufficient memory available' }), condition('Ready', 'True', { lastHeartbeatTime: T, reason: 'KubeletReady', message: 'ready' })],
  nodeInfo: { machineID: 'm', systemUUID: 's', bootID: 'b', kernelVersion: '6.1', osImage: 'Debian', containerRuntimeVersion: 'containerd://2.0', kubeletVersion: 'v1.36.0', kubeProxyVersion: '', operatingSystem: 'linux', architecture: 'amd64' },
  volumesAttached: [{ name: 'x', devicePath: '' }], volumesInUse: ['x'],
};

/** Objects as they stand in a cluster that runs: with all that a status holds, and with events. */
export const statusScenarios: readonly Scenario[] = [
  {
    name: 'pods that run, wait and fail',
    steps: [
      made(PODS), says('pod', 'full', POD_STATUS), says('pod', 'broken', { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.', containerStatuses: [{ name: 'c', ready: false, restartCount: 0, image: 'x', imageID: '', state: { terminated: { exitCode: 1, reason: 'Error', startedAt: null, finishedAt: null } } }] }),
      { ...line('create -f -'), stdin: [event('a', 'Pod', 'full', 'UIDOF(pod/full)', 'count: 5\nfirstTimestamp: 2026-01-01T00:00:00Z\nlastTimestamp: 2026-01-01T00:01:00Z'), event('wb', 'Pod', 'full', 'UIDOF(pod/full)', 'eventTime: "2026-01-01T00:00:00.000000Z"\nreportingComponent: me\nreportingInstance: i\naction: x'), event('c', 'Pod', 'full', 'UIDOF(pod/full)', 'eventTime: "2026-01-01T00:00:00.000000Z"\nreportingComponent: me\nreportingInstance: i\naction: x\nseries: {count: 4, lastObservedTime: "2026-01-01T00:01:00.000000Z"}')].join('---') },
      ...lines('describe pod full', 'describe pod broken', 'get pods', 'get pods -o wide', 'get events', 'get events -o wide', 'events', 'get pods --sort-by=.status.podIP', 'get pods --sort-by=.status.containerStatuses[0].restartCount -o name', 'get pods -o custom-columns=IP:.status.podIP,IPS:.status.podIPs[*].ip,R:.status.containerStatuses[*].restartCount,READY:.status.containerStatuses[*].ready',
        'get pods -o jsonpath={.items[*].status.containerStatuses[?(@.restartCount>2)].name}', 'get pods -o jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}', 'get pods -o jsonpath={.items[-1].metadata.name}', 'get pods -o jsonpath={.items[0:1].metadata.name}', 'get pods -o jsonpath={.items[*].spec.containers[*].ports[*].containerPort}', 'get pods -o jsonpath={.items[*].metadata.annotations.kubectl\\.kubernetes\\.io/last-applied-configuration}'),
      line('delete pods --all --force --grace-period=0'),
    ],
  },
  {
    name: 'a node that runs pods',
    steps: [
      { ...made(node), ignoreStderr: true }, says('node', 'node-NAMESPACE', NODE_STATUS),
      { ...made(event('nn', 'Node', 'node-NAMESPACE', 'node-NAMESPACE').replace('namespace: NAMESPACE, ', '')) },
      { ...line('create -f - -n kube-node-lease'), stdin: 'apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: node-NAMESPACE}\nspec: {holderIdentity: node-NAMESPACE, renewTime: "2026-01-02T03:04:05.000000Z"}\n' },
      ...lines('describe node node-NAMESPACE', 'get node node-NAMESPACE', 'get node node-NAMESPACE -o wide', 'describe node -l kubernetes.io/hostname=none', 'delete pods --all --force --grace-period=0', 'delete node node-NAMESPACE'),
    ].map((one) => (one.run.includes('--force') || one.run.includes('kube-node-lease') ? { ...one, ignoreStderr: true } : one)),
  },
  {
    name: 'workloads with a status',
    steps: [
      made(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {deployment.kubernetes.io/revision: "2", note: x}}
spec: {replicas: 3, minReadySeconds: 2, progressDeadlineSeconds: 60, revisionHistoryLimit: 2, strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}, annotations: {a: b}}, spec: {serviceAccountName: sa, nodeSelector: {a: b}, tolerations: [{key: x, operator: Exists}], priorityClassName: "", containers: [{name: c, image: "x:2", envFrom: [{configMapRef: {name: cm}}]}], volumes: [{name: v, emptyDir: {}}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {replicas: 3, serviceName: db, podManagementPolicy: Parallel, minReadySeconds: 4, ordinals: {start: 2}, persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: x}]}}, volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ds}
spec: {updateStrategy: {type: OnDelete}, selector: {matchLabels: {app: ds}}, template: {metadata: {labels: {app: ds}}, spec: {containers: [{name: c, image: x}]}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: rs, annotations: {x: z}}
spec: {replicas: 2, selector: {matchLabels: {app: rs}}, template: {metadata: {labels: {app: rs}}, spec: {containers: [{name: c, image: x}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: indexed}
spec: {completionMode: Indexed, completions: 5, parallelism: 2, backoffLimitPerIndex: 1, maxFailedIndexes: 2, successPolicy: {rules: [{succeededIndexes: "0-2", succeededCount: 1}]}, podReplacementPolicy: Failed, template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: done}
spec: {completions: 1, template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {schedule: "@daily", concurrencyPolicy: Replace, jobTemplate: {metadata: {labels: {q: r}}, spec: {backoffLimit: 2, template: {metadata: {labels: {a: b}}, spec: {restartPolicy: OnFailure, containers: [{name: c, image: x, command: [date]}]}}}}}
`),
      says('deploy', 'web', { observedGeneration: 1, replicas: 4, updatedReplicas: 2, readyReplicas: 3, availableReplicas: 3, unavailableReplicas: 1, conditions: [condition('Available', 'True', { reason: 'MinimumReplicasAvailable', message: 'm', lastUpdateTime: T }), condition('Progressing', 'True', { reason: 'ReplicaSetUpdated', message: 'p', lastUpdateTime: T })] }),
      { ...line('create -f -'), stdin: `
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-old, labels: {app: web}, annotations: {deployment.kubernetes.io/revision: "1", deployment.kubernetes.io/desired-replicas: "3"}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: UIDOF(deploy/web), controller: true}]}
spec: {replicas: 1, selector: {matchLabels: {app: web, pod-template-hash: a}}, template: {metadata: {labels: {app: web, pod-template-hash: a}}, spec: {containers: [{name: c, image: "x:1"}]}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-new, labels: {app: web}, annotations: {deployment.kubernetes.io/revision: "2"}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: UIDOF(deploy/web), controller: true}]}
spec: {replicas: 3, selector: {matchLabels: {app: web, pod-template-hash: b}}, template: {metadata: {labels: {app: web, pod-template-hash: b}, annotations: {a: b}}, spec: {serviceAccountName: sa, nodeSelector: {a: b}, tolerations: [{key: x, operator: Exists}], priorityClassName: "", containers: [{name: c, image: "x:2", envFrom: [{configMapRef: {name: cm}}]}], volumes: [{name: v, emptyDir: {}}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-pod, labels: {app: db}, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: db, uid: UIDOF(sts/db), controller: true}]}
spec: {containers: [{name: c, image: x}]}
---${event('d', 'Deployment', 'web', 'UIDOF(deploy/web)')}` },
      says('rs', 'web-old', { replicas: 1, readyReplicas: 1, fullyLabeledReplicas: 1 }), says('rs', 'web-new', { replicas: 2, readyReplicas: 2 }),
      says('sts', 'db', { replicas: 3, readyReplicas: 2, currentReplicas: 1, updatedReplicas: 2, availableReplicas: 2, currentRevision: 'db-1', updateRevision: 'db-2', observedGeneration: 1, collisionCount: 0 }),
      says('ds', 'ds', { currentNumberScheduled: 2, desiredNumberScheduled: 3, numberMisscheduled: 1, numberReady: 1, updatedNumberScheduled: 2, numberAvailable: 1, numberUnavailable: 2, observedGeneration: 1 }),
      says('job', 'indexed', { active: 2, ready: 1, succeeded: 2, failed: 1, terminating: 1, completedIndexes: '0,2', failedIndexes: '1', startTime: T, uncountedTerminatedPods: {} }),
      says('job', 'done', { succeeded: 1, ready: 0, startTime: T, completionTime: '2026-01-02T04:05:06Z', uncountedTerminatedPods: {}, conditions: [condition('SuccessCriteriaMet', 'True', { lastProbeTime: T }), condition('Complete', 'True', { lastProbeTime: T })] }),
      says('cronjob', 'nightly', { lastScheduleTime: T, lastSuccessfulTime: T, active: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'nightly-1', namespace: 'n', uid: 'u' }, { apiVersion: 'batch/v1', kind: 'Job', name: 'nightly-2', namespace: 'n', uid: 'v' }] }),
      ...lines('describe deploy web', 'describe rs web-old', 'describe rs web-new', 'describe rs rs', 'describe sts db', 'describe ds ds', 'describe job indexed', 'describe job done', 'describe cronjob nightly', 'get deploy,rs,sts,ds,job,cronjob', 'get deploy,rs,sts,ds,job,cronjob -o wide', 'get all', 'get all -o wide --show-labels', 'get all -o custom-columns=K:.kind,N:.metadata.name', 'rollout history deploy/web', 'rollout history deploy/web --revision=1', 'rollout history deploy/web --revision=9', 'rollout history deploy/web -o yaml --revision=1',
        'rollout status deploy/web --timeout=1s', 'rollout status sts/db --timeout=1s', 'rollout status ds/ds --timeout=1s', 'rollout status deploy/web --revision=1', 'rollout status deploy/web --watch=false', 'rollout status sts/db --watch=false', 'rollout status rs/rs', 'rollout undo deploy/web --dry-run=client', 'rollout undo deploy/web --to-revision=7', 'rollout undo deploy/web --to-revision=1 --dry-run=server', 'rollout undo deploy/web --to-revision=1', 'rollout history sts/db', 'rollout history ds/ds', 'rollout undo sts/db', 'rollout restart deploy,sts,ds', 'rollout restart rs/rs', 'rollout pause sts/db', 'rollout restart deploy -l app=none'),
    ],
  },
  {
    name: 'services, policies and storage with a status',
    steps: [
      made(`
apiVersion: v1
kind: Service
metadata: {name: lb}
spec: {type: LoadBalancer, selector: {a: b}, allocateLoadBalancerNodePorts: false, ports: [{port: 80}], internalTrafficPolicy: Local, sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}, loadBalancerIP: 9.9.9.1}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: lb-1, labels: {kubernetes.io/service-name: lb}}
addressType: IPv4
endpoints: [{addresses: [10.1.1.1], conditions: {ready: true}}, {addresses: [10.1.1.2], conditions: {ready: true}}, {addresses: [10.1.1.3], conditions: {ready: true}}, {addresses: [10.1.1.4], conditions: {ready: true}}, {addresses: [10.1.1.5], conditions: {ready: false}}]
ports: [{port: 80, name: "", protocol: TCP}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ing}
spec: {ingressClassName: c, rules: [{host: a.b, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: lb, port: {number: 80}}}}]}}, {host: no.paths}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: pdb}
spec: {minAvailable: 50%, unhealthyPodEvictionPolicy: AlwaysAllow, selector: {matchLabels: {a: b}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: hpa}
spec: {maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}, {type: Pods, pods: {metric: {name: hits}, target: {type: AverageValue, averageValue: 1k}}}, {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 100Mi}}}, {type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: "30"}}}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claim, finalizers: [kubernetes.io/pvc-protection], annotations: {volume.kubernetes.io/storage-provisioner: x}}
spec: {accessModes: [ReadWriteOnce, ReadWriteMany], resources: {requests: {storage: 1Gi}}, storageClassName: slow, volumeName: pv-NAMESPACE}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-NAMESPACE, finalizers: [kubernetes.io/pv-protection]}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: slow, nfs: {server: s, path: /p}, claimRef: {namespace: NAMESPACE, name: claim}, mountOptions: [hard]}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota}
spec: {hard: {cpu: "4", memory: 8Gi, pods: "10", requests.storage: 10Gi}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: user}
spec: {containers: [{name: c, image: x}], volumes: [{name: v, persistentVolumeClaim: {claimName: claim}}]}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: rc}
spec: {replicas: 2, selector: {a: rc}, template: {metadata: {labels: {a: rc}}, spec: {containers: [{name: c, image: x}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np}
spec: {podSelector: {matchLabels: {a: b}}, ingress: [{}], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, 192.168.0.0/16]}}]}], policyTypes: [Ingress, Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np-none}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{ports: [{protocol: TCP}]}]}
`),
      says('svc', 'lb', { loadBalancer: { ingress: [{ ip: '9.9.9.9', ipMode: 'VIP' }, { hostname: 'lb.example.com' }] } }), says('ing', 'ing', { loadBalancer: { ingress: [{ ip: '9.9.9.9' }, { hostname: 'h' }] } }),
      says('pdb', 'pdb', { currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1, expectedPods: 4, observedGeneration: 1 }),
      says('hpa', 'hpa', { currentReplicas: 3, desiredReplicas: 4, lastScaleTime: T, conditions: [condition('AbleToScale', 'True', { reason: 'ReadyForNewScale', message: 'recommended' }), condition('ScalingActive', 'False', { reason: 'Failed', message: 'no' })], currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 30, averageValue: '300m' } } }, { type: 'Pods', pods: { metric: { name: 'hits' }, current: { averageValue: '5' } } }, { type: 'Resource', resource: { name: 'memory', current: { averageValue: '70Mi' } } }] }),
      says('pvc', 'claim', { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, conditions: [condition('Resizing', 'True', { reason: 'r', message: 'm', lastProbeTime: T })] }), says('pv', 'pv-NAMESPACE', { phase: 'Failed', message: 'it broke', reason: 'Broken' }), says('quota', 'quota', { hard: { cpu: '4', memory: '8Gi', pods: '10', 'requests.storage': '10Gi' }, used: { cpu: '1500m', memory: '1Gi', pods: '3', 'requests.storage': '1Gi' } }),
      says('rc', 'rc', { replicas: 2, readyReplicas: 1 }), says('ns', 'NAMESPACE', { phase: 'Active', conditions: [condition('NamespaceDeletionContentFailure', 'True', { reason: 'ContentDeletionFailed', message: 'm' })] }),
      ...lines('describe svc lb', 'describe ing ing', 'describe pdb pdb', 'describe hpa hpa', 'describe pvc claim', 'describe pv pv-NAMESPACE', 'describe quota quota', 'describe rc rc', 'describe ns NAMESPACE', 'describe netpol', 'describe endpointslice lb-1', 'get svc,ing,pdb,hpa,pvc,quota,rc', 'get svc,ing,pdb,hpa,pvc,quota,rc,netpol,endpointslice -o wide', 'get pv pv-NAMESPACE -o wide', 'get endpoints -o wide', 'get quota -o yaml', 'delete pvc claim --wait=false', 'describe pvc claim', 'get pvc', 'delete pv pv-NAMESPACE --wait=false', 'describe pv pv-NAMESPACE'),
    ],
  },
  {
    name: 'kinds of the cluster with a status',
    steps: [
      made(`
apiVersion: networking.k8s.io/v1
kind: ServiceCIDR
metadata: {name: sc-NAMESPACE}
spec: {cidrs: [10.200.0.0/24]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: mwc-NAMESPACE}
webhooks: [{name: a.example.com, clientConfig: {service: {namespace: n, name: s, path: /x}}, sideEffects: None, admissionReviewVersions: [v1], failurePolicy: Ignore, rules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [nothings]}], namespaceSelector: {matchExpressions: [{key: a, operator: NotIn, values: [b]}]}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: vap-NAMESPACE}
spec: {matchConstraints: {resourceRules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [nothings]}]}, validations: [{expression: "true", message: m}]}
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {name: fs-NAMESPACE}
spec: {priorityLevelConfiguration: {name: exempt}, matchingPrecedence: 9999, rules: [{subjects: [{kind: User, user: {name: u}}], nonResourceRules: [{verbs: [get], nonResourceURLs: [/x]}]}]}
---
apiVersion: storage.k8s.io/v1
kind: VolumeAttachment
metadata: {name: va-NAMESPACE}
spec: {attacher: a.example.com, nodeName: n, source: {persistentVolumeName: pv}}
---
apiVersion: storage.k8s.io/v1
kind: VolumeAttributesClass
metadata: {name: vac-NAMESPACE, annotations: {a: b}}
driverName: d.example.com
parameters: {iops: "100", throughput: "5"}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things-NAMESPACE.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: things-NAMESPACE, singular: thing-NAMESPACE, kind: ThingNAMESPACE, shortNames: [thg-NAMESPACE], categories: [all-NAMESPACE]}
  versions:
  - {name: v1, served: true, storage: true, subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}, additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.replicas}, {name: When, type: date, jsonPath: .spec.when}, {name: Detail, type: string, priority: 1, jsonPath: .spec.detail}], schema: {openAPIV3Schema: {type: object, description: A thing., properties: {spec: {type: object, description: What is wanted., required: [detail], properties: {replicas: {type: integer, description: How many.}, when: {type: string, format: date-time}, detail: {type: string, enum: [x, z]}, list: {type: array, items: {type: object, properties: {a: {type: string}}}}}}, status: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}}
  - {name: v1beta1, served: true, storage: false, deprecated: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`),
      { ...line('create -f -'), stdin: 'apiVersion: example.com/v1\nkind: ThingNAMESPACE\nmetadata: {name: one, labels: {a: b}}\nspec: {replicas: 3, when: "2026-01-01T00:00:00Z", detail: x, list: [{a: b}, {a: c}]}\n' },
      says('thg-NAMESPACE', 'one', { replicas: 2, conditions: [condition('Ready', 'True', { reason: 'R', message: 'm' })] }),
      ...lines('describe servicecidr sc-NAMESPACE', 'get servicecidr sc-NAMESPACE', 'describe mutatingwebhookconfiguration mwc-NAMESPACE', 'get mutatingwebhookconfiguration mwc-NAMESPACE', 'describe validatingadmissionpolicy vap-NAMESPACE', 'get validatingadmissionpolicy vap-NAMESPACE', 'describe flowschema fs-NAMESPACE', 'get flowschema fs-NAMESPACE', 'describe volumeattachment va-NAMESPACE', 'get volumeattachment va-NAMESPACE -o wide', 'describe crd things-NAMESPACE.example.com',
        'get thing-NAMESPACE one', 'get thg-NAMESPACE', 'get thg-NAMESPACE -o wide', 'get things-NAMESPACE.example.com', 'get things-NAMESPACE.v1beta1.example.com one', 'get all-NAMESPACE', 'get thing-NAMESPACE one -o yaml', 'describe thing-NAMESPACE one', 'describe thg-NAMESPACE', 'explain things-NAMESPACE.spec', 'explain things-NAMESPACE.spec.list --recursive', 'explain things-NAMESPACE --recursive', 'scale thing-NAMESPACE one --replicas=5', 'get thing-NAMESPACE one --subresource=scale', 'wait thing-NAMESPACE/one --for=condition=Ready', 'label thing-NAMESPACE one c=d', 'patch thing-NAMESPACE one -p {"spec":{"replicas":1}}', 'patch thing-NAMESPACE one --type=merge -p {"spec":{"replicas":1}}', 'apply view-last-applied thing-NAMESPACE one', 
        'api-resources --categories=all-NAMESPACE', 'delete thing-NAMESPACE --all', 'get thing-NAMESPACE', 'delete crd things-NAMESPACE.example.com', 'get thing-NAMESPACE'),
    ],
  },
];
