/** Trees of kustomizations, with what they are made of. */
export const kustomizations: Readonly<Record<string, string>> = {
  'trees/base/d.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: d, labels: {x: y1}}
spec:
  replicas: 1
  selector: {matchLabels: {a: d}}
  template:
    metadata: {labels: {a: d}}
    spec:
      serviceAccountName: robot
      initContainers: [{name: i, image: "busybox:1"}]
      containers:
      - {name: c, image: "nginx:1", envFrom: [{configMapRef: {name: cfg}}], env: [{name: X, valueFrom: {configMapKeyRef: {name: env, key: A}}}]}
      - {name: s, image: "example/side@sha256:aaaa"}
      volumes: [{name: v, projected: {sources: [{configMap: {name: cfg}}]}}]
`,
  'trees/base/kustomization.yaml': `resources: [d.yaml, sa.yaml]
namespace: spaced
configMapGenerator:
- {name: cfg, literals: [a=b, c=d], options: {labels: {l: m}}}
- {name: env, envs: [vars.env]}
generatorOptions: {annotations: {note: gen}, labels: {made: "yes"}}
`,
  'trees/base/sa.yaml': `apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: robot}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r}
rules: []
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ing}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: svc, port: {number: 80}}}}]}}]}
---
apiVersion: v1
kind: Service
metadata: {name: svc}
spec: {selector: {a: d}, ports: [{port: 80}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: hpa}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}}
`,
  'trees/base/vars.env': `A=1
# c
B=two words
`,
  'trees/comp/cert.pem': `CERT
`,
  'trees/comp/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- target: {kind: Deployment, labelSelector: "x=y1"}
  patch: |-
    - op: add
      path: /spec/template/spec/containers/0/args
      value: ["--comp"]
- path: p.yaml
secretGenerator:
- {name: tls, files: [crt=cert.pem], type: kubernetes.io/tls}
`,
  'trees/comp/p.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec: {template: {spec: {containers: [{name: s, $patch: delete}], volumes: [{name: v2, secret: {secretName: tls}}]}}}
`,
  'trees/files/d.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: cm}
data: {a: b, gone: x}
`,
  'trees/files/e.env': `K=v
`,
  'trees/files/kustomization.yaml': `resources: [d.yaml]
configMapGenerator: [{name: f, files: [d.yaml, renamed=d.yaml]}]
secretGenerator: [{name: s, envs: [e.env], options: {disableNameSuffixHash: true}}]
patchesStrategicMerge: [p.yaml]
patchesJson6902: [{target: {version: v1, kind: ConfigMap, name: cm}, patch: "[{\\"op\\": \\"replace\\", \\"path\\": \\"/data/a\\", \\"value\\": \\"z\\"}]"}]
`,
  'trees/files/p.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: cm}
data: {gone: null, more: m}
`,
  'trees/merge/kustomization.yaml': `resources: [../base]
components: [../comp]
namePrefix: p-
nameSuffix: -s
namespace: other
labels:
- {pairs: {team: x}, includeSelectors: true}
- {pairs: {only: meta}}
- {pairs: {tmpl: t}, includeTemplates: true}
commonAnnotations: {who: me}
images:
- {name: nginx, newName: mirror/nginx, newTag: "2"}
- {name: example/side, digest: sha256:bbbb}
- {name: busybox, newTag: "9"}
replicas: [{name: d, count: 5}]
configMapGenerator:
- {name: cfg, behavior: merge, literals: [c=z, e=f]}
- {name: env, behavior: replace, literals: [A=9]}
- {name: plain, literals: [q=r], options: {disableNameSuffixHash: true, immutable: true}}
`,
  'trees/rep/kustomization.yaml': `resources: [../base]
namePrefix: q-
replacements:
- source: {kind: Service, name: svc, fieldPath: metadata.name}
  targets:
  - select: {kind: Deployment}
    fieldPaths:
    - spec.template.spec.containers.[name=c].image
  - select: {kind: Deployment}
    fieldPaths: [metadata.annotations.from, 'metadata.annotations.a\\.b/c']
    options: {create: true}
- source: {kind: Deployment, fieldPath: spec.replicas}
  targets: [{select: {kind: HorizontalPodAutoscaler}, fieldPaths: [spec.maxReplicas]}]
- source: {kind: HorizontalPodAutoscaler, fieldPath: spec.scaleTargetRef.apiVersion, options: {delimiter: /, index: 1}}
  targets: [{select: {kind: Deployment}, fieldPaths: ["spec.template.spec.initContainers.*.image"], options: {delimiter: ":", index: 1}}]
`,
};
