import { clusterManifest, spacedManifest } from './kubectl-describe-manifests.ts';
import { line, type Scenario } from './kubectl-scenarios.ts';

const NAMED = [
  'pvc claim', 'pod user', 'pod sources', 'role twice', 'sa robot', 'secret tok', 'secret pull', 'secret empty', 'cm none', 'quota hard', 'limits ranges', 'netpol egress', 'netpol deny', 'ing many', 'pdb percent', 'hpa rich', 'hpa.v1.autoscaling rich', 'svc lb', 'svc headless', 'svc outside',
  'job indexed', 'cronjob nightly', 'sts db', 'deploy rec', 'podtemplate tmpl', 'event happened', 'endpointslice empty-slice', 'endpointslice full-slice', 'controllerrevision rev', 'resourceclaimtemplate rct', 'lease l',
  'pv pv-NAMESPACE', 'pv pv-csi-NAMESPACE', 'sc sc-NAMESPACE', 'csinode csi-NAMESPACE', 'csidriver drv-NAMESPACE', 'pc pc-NAMESPACE', 'runtimeclass rtc-NAMESPACE', 'ingressclass ic-NAMESPACE', 'clusterrole cr-NAMESPACE', 'clusterrolebinding crb-NAMESPACE', 'validatingwebhookconfiguration vwc-NAMESPACE',
  'csr csr-NAMESPACE', 'crd gadgets-NAMESPACE.example.com', 'deviceclass dc-NAMESPACE', 'prioritylevelconfiguration plc-NAMESPACE', 'ns NAMESPACE',
];

export const describeScenarios: readonly Scenario[] = [
  {
    name: 'describe, the kinds that few people describe',
    steps: [
      { ...line('create -f -'), stdin: clusterManifest }, { ...line('create -f -'), stdin: spacedManifest }, ...[...NAMED.map((name) => `describe ${name}`), 'describe sa', 'describe pvc,secret -l a=b', 'describe pod us', 'describe pods,svc nope', 'certificate deny csr-NAMESPACE', 'describe csr csr-NAMESPACE', 'certificate approve csr-NAMESPACE', 'get csr csr-NAMESPACE'].map(line),
      { ...line('describe -f -'), stdin: spacedManifest }, { ...line('delete -f -'), stdin: clusterManifest },
    ],
  },
];
