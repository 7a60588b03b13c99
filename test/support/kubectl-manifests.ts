/** Objects of many kinds, for what kubectl says of them. */
export const richManifests: Readonly<Record<string, string>> = {
  'pod.yaml': `
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {a: b, c: d}, annotations: {x: yz}}
spec:
  priority: 0
  terminationGracePeriodSeconds: 1
  serviceAccountName: sa
  nodeSelector: {disk: ssd}
  tolerations: [{key: k, operator: Exists, effect: NoExecute, tolerationSeconds: 300}, {operator: Exists}, {key: b, value: v, effect: NoSchedule}]
  topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {a: b}}}]
  initContainers: [{name: i, image: busybox, command: [sh, -c, "echo\\nhi"]}]
  containers:
  - name: c
    image: nginx
    args: [a, b]
    ports: [{containerPort: 80, name: http}, {containerPort: 81, hostPort: 8081}]
    env: [{name: A, value: x}, {name: NN, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: S, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}, {name: R, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}, {name: CM, valueFrom: {configMapKeyRef: {name: s, key: k}}}]
    envFrom: [{configMapRef: {name: cm}}, {prefix: P_, secretRef: {name: cm, optional: true}}]
    resources: {limits: {cpu: "1", memory: 1Gi}, requests: {cpu: 100m}}
    livenessProbe: {httpGet: {path: /x, port: 80}}
    readinessProbe: {exec: {command: [a, b]}}
    startupProbe: {tcpSocket: {port: 80}}
    volumeMounts: [{name: e, mountPath: /e}, {name: cm, mountPath: /cm, readOnly: true}, {name: s, mountPath: /a, subPath: q}]
  - {name: d, image: x, livenessProbe: {grpc: {port: 9}}}
  volumes:
  - {name: e, emptyDir: {}}
  - {name: cm, configMap: {name: cm}}
  - {name: s, secret: {secretName: s, optional: true}}
  - {name: h, hostPath: {path: /h}}
  - {name: pvc, persistentVolumeClaim: {claimName: c}}
  - {name: da, downwardAPI: {items: [{path: x, fieldRef: {fieldPath: metadata.labels}}]}}
  - {name: pr, projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 3607}}, {configMap: {name: k}}, {secret: {name: z}}, {downwardAPI: {items: [{path: x, fieldRef: {fieldPath: metadata.labels}}]}}]}}
`,
  'misc.yaml': `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ds}
spec: {selector: {matchLabels: {a: ds}}, template: {metadata: {labels: {a: ds}, annotations: {q: r}}, spec: {nodeSelector: {x: y}, serviceAccountName: sa, containers: [{name: c, image: x}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: sts}
spec: {serviceName: x, selector: {matchLabels: {a: sts}}, template: {metadata: {labels: {a: sts}}, spec: {containers: [{name: c, image: x}]}}, volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: rs}
spec: {selector: {matchLabels: {a: rs}}, template: {metadata: {labels: {a: rs}}, spec: {containers: [{name: c, image: x}]}}}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: rc}
spec: {selector: {a: rc}, template: {metadata: {labels: {a: rc}}, spec: {containers: [{name: c, image: x}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}, activeDeadlineSeconds: 10}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: cj}
spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}}}
---
apiVersion: v1
kind: Service
metadata: {name: np}
spec: {selector: {app: web}, ports: [{port: 80, name: http, targetPort: web}, {port: 81, name: q}], sessionAffinity: ClientIP}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cm}
data: {a: "x\\ny\\n"}
binaryData: {q: AAEC}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {a: eA==}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa}
imagePullSecrets: [{name: r}]
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: q}
spec: {hard: {pods: "4"}, scopes: [NotTerminating]}
---
apiVersion: v1
kind: LimitRange
metadata: {name: lr}
spec: {limits: [{type: Container, max: {cpu: "2"}}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: pvc}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ing}
spec: {ingressClassName: n, rules: [{host: a.b, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: np, port: {number: 80}}}}]}}], tls: [{hosts: [a.b], secretName: t}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: pol}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [{podSelector: {matchLabels: {a: b}}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}], ports: [{port: 80, protocol: TCP}]}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: pdb}
spec: {minAvailable: 1, selector: {matchLabels: {a: b}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: role}
rules: [{apiGroups: ["", apps], resources: [pods, deployments/scale], verbs: [get, list], resourceNames: [x]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: role}
subjects: [{kind: User, name: u, apiGroup: rbac.authorization.k8s.io}, {kind: ServiceAccount, name: s, namespace: n}]
---
apiVersion: v1
kind: Endpoints
metadata: {name: ep}
subsets: [{addresses: [{ip: 1.2.3.4}], ports: [{port: 80, name: h}]}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: np-x, labels: {kubernetes.io/service-name: np}}
addressType: IPv4
endpoints: [{addresses: [1.2.3.4], conditions: {ready: true}, nodeName: n}]
ports: [{port: 80, name: http, protocol: TCP}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: hpa}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}
`,
  'layers/kustomization.yaml': `
resources: [base]
namePrefix: pre-
nameSuffix: -suf
images: [{name: nginx, newTag: "2"}]
replicas: [{name: d, count: 4}]
labels: [{pairs: {l: m}}]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: d}
    spec: {template: {spec: {containers: [{name: c, env: [{name: X, value: "1"}]}]}}}
- target: {kind: Service}
  patch: |-
    - {op: add, path: /metadata/annotations, value: {q: r}}
commonAnnotations: {note: hi}
`,
  'layers/base/kustomization.yaml': `
resources: [d.yaml]
configMapGenerator: [{name: cfg, literals: [a=b, c=d]}]
secretGenerator: [{name: sec, literals: [a=b]}]
commonLabels: {team: x}
`,
  'layers/base/d.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec: {selector: {matchLabels: {a: d}}, template: {metadata: {labels: {a: d}}, spec: {containers: [{name: c, image: "nginx:1", envFrom: [{configMapRef: {name: cfg}}, {secretRef: {name: sec}}]}], volumes: [{name: v, configMap: {name: cfg}}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: d}
spec: {selector: {a: d}, ports: [{port: 80}]}
`,
};
