/** Objects of the kinds that few people describe; those that belong to no namespace have it in their names. */
export const clusterManifest = `
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-NAMESPACE, labels: {a: b}}
spec:
  capacity: {storage: 5Gi}
  accessModes: [ReadWriteOnce, ReadOnlyMany]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: slow
  volumeMode: Filesystem
  hostPath: {path: /tmp/x, type: ""}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [a, b]}, {key: x, operator: Exists}]}]}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-csi-NAMESPACE}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteMany], volumeAttributesClassName: vac-NAMESPACE, storageClassName: slow, csi: {driver: d.example.com, volumeHandle: h, readOnly: true, fsType: ext4, volumeAttributes: {k: v, longer: text}}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: sc-NAMESPACE, annotations: {x: z}}
provisioner: p.example.com
parameters: {type: fast, zone: a}
allowVolumeExpansion: true
reclaimPolicy: Retain
mountOptions: [ro, soft]
volumeBindingMode: WaitForFirstConsumer
allowedTopologies: [{matchLabelExpressions: [{key: zone, values: [a, b]}, {key: rack, values: [r]}]}]
---
apiVersion: storage.k8s.io/v1
kind: CSINode
metadata: {name: csi-NAMESPACE, labels: {q: r}}
spec: {drivers: [{name: d.example.com, nodeID: node-1, topologyKeys: [zone, rack], allocatable: {count: 5}}, {name: e.example.com, nodeID: node-2}]}
---
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: {name: drv-NAMESPACE}
spec: {attachRequired: false}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: pc-NAMESPACE, labels: {l: m}, annotations: {nn: oo}}
value: 1000
description: some words
preemptionPolicy: Never
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: rtc-NAMESPACE}
handler: runc
overhead: {podFixed: {cpu: 10m}}
scheduling: {nodeSelector: {a: b}}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: ic-NAMESPACE, labels: {a: b}}
spec: {controller: example.com/c, parameters: {apiGroup: k.example.com, kind: Params, name: p, scope: Namespace, namespace: q}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cr-NAMESPACE}
rules:
- {apiGroups: [""], resources: [pods, pods/log], verbs: [get]}
- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
- {nonResourceURLs: [/healthz, /metrics], verbs: [get]}
- {apiGroups: [apps], resources: [deployments], resourceNames: [a, b], verbs: [get, update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: crb-NAMESPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: Group, name: g, apiGroup: rbac.authorization.k8s.io}, {kind: ServiceAccount, name: sa, namespace: ns}]
---
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: csr-NAMESPACE, labels: {a: b}}
spec: {request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIOE1JR3ZBZ0VBTUVjeEN6QUpCZ05WQkFZVEFrUkZNUTB3Q3dZRFZRUUtEQVJ2Y21jeE1RMHdDd1lEVlFRSwpEQVJ2Y21jeU1RMHdDd1lEVlFRTERBUjFibWwwTVFzd0NRWURWUVFEREFKdFpUQXFNQVVHQXl0bGNBTWhBRXc4ClNqSk5wek05aVhSb2NSRHAxRUJsQ3I3azZ3TmZicmNhcktsU0d6S2pvRFV3TXdZSktvWklodmNOQVFrT01TWXcKSkRBaUJnTlZIUkVFR3pBWmdnTmhMbUtIQkFFQ0F3U0JCV0ZBWWk1amhnVjRPaTh2ZVRBRkJnTXJaWEFEUVFCcQpuK0xMcWFKMkc3R2F2blhKL1A3ZyticTQ1djVVVGJMY1NDWktldXhSYXZmbzZMUFd5ckdiYVVmUVpHQzgrZXc2CmJOMFp1V3RGOU1LNm90NlpxSFVECi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=, signerName: example.com/s, usages: [client auth], expirationSeconds: 3600}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: vwc-NAMESPACE}
webhooks: []
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets-NAMESPACE.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: gadgets-NAMESPACE, singular: gadget-NAMESPACE, kind: GadgetNAMESPACE}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
---
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: {name: dc-NAMESPACE}
spec: {selectors: [{cel: {expression: "device.driver == 'x'"}}]}
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: PriorityLevelConfiguration
metadata: {name: plc-NAMESPACE}
spec: {type: Limited, limited: {nominalConcurrencyShares: 5, limitResponse: {type: Reject}}}
`;

/** The same for kinds in namespaces. */
export const spacedManifest = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claim, labels: {a: b}}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: slow, volumeMode: Block, dataSource: {kind: PersistentVolumeClaim, name: other}, volumeName: pv-x}
---
apiVersion: v1
kind: Pod
metadata: {name: user}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: c, image: x, volumeDevices: [{name: v, devicePath: /dev/x}], ports: [{containerPort: 53, protocol: UDP}], lifecycle: {preStop: {exec: {command: [a]}}}, livenessProbe: {httpGet: {path: /x, port: web, scheme: HTTPS, host: h}, initialDelaySeconds: 3, timeoutSeconds: 2, periodSeconds: 4, successThreshold: 1, failureThreshold: 6}}]
  volumes:
  - {name: v, persistentVolumeClaim: {claimName: claim}}
  - {name: nfs, nfs: {server: s, path: /p, readOnly: true}}
  - {name: csi, csi: {driver: d, readOnly: true, volumeAttributes: {a: b}}}
  - {name: eph, ephemeral: {volumeClaimTemplate: {metadata: {labels: {q: r}}, spec: {accessModes: [ReadWriteOnce], storageClassName: slow, resources: {requests: {storage: 1Gi}}}}}}
  - {name: img, image: {reference: "x:1", pullPolicy: Always}}
  - {name: iscsi, iscsi: {targetPortal: t, iqn: "iqn.2001-04.com.example:storage.kube.sys1.xyz", lun: 0}}
  - {name: mem, emptyDir: {medium: Memory, sizeLimit: 1Gi}}
  readinessGates: [{conditionType: example.com/ready}]
  priorityClassName: ""
  securityContext: {runAsUser: 5}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, labels: {a: b}}
secrets: [{name: tok}]
imagePullSecrets: [{name: pull}, {name: gone}]
---
apiVersion: v1
kind: Secret
metadata: {name: tok, annotations: {kubernetes.io/service-account.name: robot}}
type: kubernetes.io/service-account-token
data: {token: YWJj}
---
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/dockerconfigjson
data: {.dockerconfigjson: e30=}
---
apiVersion: v1
kind: Secret
metadata: {name: empty}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: none}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: hard, labels: {a: b}}
spec: {hard: {requests.cpu: "4", limits.memory: 8Gi, count/configmaps: "5", pods: "10"}, scopes: [NotBestEffort, Terminating]}
---
apiVersion: v1
kind: LimitRange
metadata: {name: ranges}
spec: {limits: [{type: Pod, max: {cpu: "2"}, min: {cpu: 10m}}, {type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 100m}, maxLimitRequestRatio: {cpu: "10"}}, {type: PersistentVolumeClaim, max: {storage: 2Gi}, min: {storage: 1Gi}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress}
spec:
  podSelector: {matchExpressions: [{key: a, operator: In, values: [b, c]}]}
  policyTypes: [Egress]
  egress:
  - {to: [{namespaceSelector: {}}, {namespaceSelector: {matchLabels: {x: z}}, podSelector: {matchLabels: {p: q}}}], ports: [{port: 53, protocol: UDP}, {port: 1000, endPort: 2000}]}
  - {}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: many, annotations: {a: b}}
spec:
  defaultBackend: {service: {name: nowhere, port: {name: http}}}
  tls: [{hosts: [a.example.com, b.example.com], secretName: cert}, {hosts: [c.example.com]}]
  rules:
  - {host: a.example.com, http: {paths: [{path: /x, pathType: Exact, backend: {service: {name: nowhere, port: {number: 80}}}}, {path: /y, pathType: Prefix, backend: {resource: {apiGroup: k.example.com, kind: Bucket, name: b}}}]}}
  - {http: {paths: [{pathType: ImplementationSpecific, backend: {service: {name: nowhere, port: {number: 1}}}}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: sources, annotations: {kubernetes.io/config.mirror: aaaa}}
spec:
  resources: {requests: {cpu: "1"}, limits: {memory: 1Gi}}
  securityContext: {seccompProfile: {type: Localhost, localhostProfile: p.json}}
  containers:
  - name: c
    image: x
    env: [{name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}, {name: DISK, valueFrom: {resourceFieldRef: {resource: limits.ephemeral-storage}}}]
    startupProbe: {httpGet: {path: "a b?c", port: 80, host: "::1"}}
    volumeMounts: [{name: ceph, mountPath: /ceph}]
    volumeDevices: [{name: blk, devicePath: /dev/z}]
  volumes:
  - {name: blk, persistentVolumeClaim: {claimName: claim}}
  - {name: ceph, cephfs: {monitors: [a, b], path: /x, user: u, secretRef: {name: s}}}
  - {name: disk, azureDisk: {diskName: d, diskURI: "https://example.com/d"}}
  - {name: file, azureFile: {secretName: s, shareName: t}}
  - {name: flex, flexVolume: {driver: example.com/d, fsType: ext4, options: {b: "2", a: "1"}}}
  - {name: gluster, glusterfs: {endpoints: e, path: p}}
  - {name: io, scaleIO: {gateway: g, system: s, secretRef: {name: n}, volumeName: v}}
  - {name: iscsi, iscsi: {targetPortal: "1.2.3.4:3260", iqn: "iqn.2001-04.com.example:storage.disk1", lun: 0}}
  - {name: none, emptyDir: {sizeLimit: "0"}}
  - {name: rbd, rbd: {monitors: [m], image: i, secretRef: {name: s}}}
  - {name: px, portworxVolume: {volumeID: p}}
  - {name: q, quobyte: {registry: "r:1", volume: v}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: twice}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}, {apiGroups: [""], resources: [pods, pods/log], verbs: [list, watch]}, {apiGroups: [apps], resources: [deployments], resourceNames: [b, a], verbs: [get]}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: percent}
spec: {maxUnavailable: 25%, selector: {matchExpressions: [{key: a, operator: NotIn, values: [b]}]}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: rich}
spec:
  minReplicas: 2
  maxReplicas: 9
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
  - {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 100Mi}}}
  - {type: ContainerResource, containerResource: {name: cpu, container: c, target: {type: Utilization, averageUtilization: 60}}}
  - {type: ContainerResource, containerResource: {name: memory, container: c, target: {type: AverageValue, averageValue: 5Mi}}}
  - {type: Pods, pods: {metric: {name: hits}, target: {type: AverageValue, averageValue: 1k}}}
  - {type: Object, object: {describedObject: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: i}, metric: {name: rps}, target: {type: Value, value: 2k}}}
  - {type: Object, object: {describedObject: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: i}, metric: {name: rps}, target: {type: AverageValue, averageValue: "3"}}}
  - {type: External, external: {metric: {name: queue, selector: {matchLabels: {q: a}}}, target: {type: AverageValue, averageValue: "30"}}}
  - {type: External, external: {metric: {name: queue}, target: {type: Value, value: "30"}}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: 60, selectPolicy: Min, policies: [{type: Pods, value: 4, periodSeconds: 60}, {type: Percent, value: 10, periodSeconds: 60}]}
    scaleUp: {stabilizationWindowSeconds: 0, tolerance: "0.05", policies: [{type: Percent, value: 100, periodSeconds: 15}]}
---
apiVersion: v1
kind: Service
metadata: {name: lb, labels: {a: b}}
spec: {type: LoadBalancer, selector: {a: b, c: d}, externalTrafficPolicy: Local, loadBalancerSourceRanges: [10.0.0.0/8], ports: [{name: http, port: 80, targetPort: web, appProtocol: http}, {name: dns, port: 53, protocol: UDP}], externalIPs: [1.2.3.4], sessionAffinity: ClientIP}
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, ports: [{port: 80}], publishNotReadyAddresses: true, trafficDistribution: PreferClose}
---
apiVersion: v1
kind: Service
metadata: {name: outside}
spec: {type: ExternalName, externalName: example.com}
---
apiVersion: batch/v1
kind: Job
metadata: {name: indexed}
spec: {completionMode: Indexed, completions: 5, parallelism: 2, backoffLimit: 3, suspend: true, ttlSecondsAfterFinished: 60, podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: "True"}]}]}, template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {schedule: "0 0 * * *", timeZone: Etc/UTC, concurrencyPolicy: Forbid, suspend: true, startingDeadlineSeconds: 30, successfulJobsHistoryLimit: 1, jobTemplate: {spec: {parallelism: 2, completions: 3, activeDeadlineSeconds: 9, template: {spec: {restartPolicy: OnFailure, containers: [{name: c, image: x}]}}}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {serviceName: x, replicas: 2, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}, selector: {matchLabels: {a: db}}, template: {metadata: {labels: {a: db}}, spec: {containers: [{name: c, image: x}]}}, volumeClaimTemplates: [{metadata: {name: data, labels: {l: m}, annotations: {nn: oo}}, spec: {storageClassName: slow, accessModes: [ReadWriteOnce, ReadOnlyMany], resources: {requests: {storage: 1Gi}}}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: rec}
spec: {minReadySeconds: 5, strategy: {type: Recreate}, selector: {matchExpressions: [{key: a, operator: In, values: [rec]}]}, template: {metadata: {labels: {a: rec}}, spec: {priorityClassName: "", hostNetwork: true, containers: [{name: c, image: x}], topologySpreadConstraints: [{maxSkew: 2, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]}}}
---
apiVersion: v1
kind: PodTemplate
metadata: {name: tmpl}
template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}
---
apiVersion: v1
kind: Event
metadata: {name: happened}
involvedObject: {kind: Pod, name: user, namespace: NAMESPACE}
reason: Because
message: something happened
type: Normal
count: 3
source: {component: me}
firstTimestamp: 2026-01-01T00:00:00Z
lastTimestamp: 2026-01-01T00:01:00Z
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: empty-slice}
addressType: IPv4
endpoints: []
ports: []
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: full-slice, labels: {kubernetes.io/service-name: lb}}
addressType: IPv4
endpoints: [{addresses: [10.1.1.1], conditions: {ready: true, serving: true, terminating: false}, hostname: h, nodeName: node, zone: z, targetRef: {kind: Pod, name: p, namespace: NAMESPACE}}, {addresses: [10.1.1.2, 10.1.1.3], conditions: {ready: false}}]
ports: [{port: 80, name: http, protocol: TCP}, {port: 53, name: dns, protocol: UDP}]
---
apiVersion: apps/v1
kind: ControllerRevision
metadata: {name: rev}
data: {a: {b: [1, two, null]}}
revision: 3
---
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {name: rct}
spec: {spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c}}]}}}
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: l}
spec: {holderIdentity: me, acquireTime: "2026-01-01T00:00:00.000000Z"}
`;
