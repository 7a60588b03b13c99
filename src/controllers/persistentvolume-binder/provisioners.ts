/** Provisioners that were once part of Kubernetes, and the drivers that took over. Source: csi-translation-lib. */
const SUCCESSORS: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/aws-ebs', 'ebs.csi.aws.com'], ['kubernetes.io/azure-disk', 'disk.csi.azure.com'], ['kubernetes.io/azure-file', 'file.csi.azure.com'], ['kubernetes.io/cinder', 'cinder.csi.openstack.org'],
  ['kubernetes.io/gce-pd', 'pd.csi.storage.gke.io'], ['kubernetes.io/portworx-volume', 'pxd.portworx.com'], ['kubernetes.io/vsphere-volume', 'csi.vsphere.vmware.com'],
]);

/** Who makes volumes for a class that names this provisioner; undefined: nobody, names under `kubernetes.io/` are for what is part of Kubernetes. */
export function provisionerOf(name: string): string | undefined {
  return SUCCESSORS.get(name) ?? (name.startsWith('kubernetes.io/') ? undefined : name);
}
