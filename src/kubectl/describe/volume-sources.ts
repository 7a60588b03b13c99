import type { JsonObject } from '../../apimachinery/patch/json.ts';
import { parseQuantity } from '../../apimachinery/quantity.ts';
import { at, listAt, mapAt, numberAt, textAt } from '../kube-json.ts';

/** One line of a source: its title, then the field it shows; `print`: how, where that is not the plain text. */
type Line = readonly [title: string, field: string, print?: (value: unknown) => string];

interface SourceKind {
  readonly type: string;
  readonly lines: readonly Line[];
  /** Where a PersistentVolume tells more than a pod. */
  readonly linesOfVolume?: readonly Line[];
}

const count = (value: unknown): string => String(numberAt(value));
const flag = (value: unknown): string => String(value === true);
const words = (value: unknown): readonly string[] => listAt(value) as unknown as readonly string[];
const list = (value: unknown): string => `[${words(value).join(' ')}]`;
const or = (other: string) => (value: unknown): string => (value === undefined ? other : textAt(value));
/** As Go prints a map. */
const map = (value: unknown): string => `map[${Object.entries(mapAt(value)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => `${key}:${one}`).join(' ')}]`;
/** References to Secrets, as Go prints them: a pod's are of its namespace, a volume's name theirs. */
const localReference = (value: unknown): string => (value === undefined ? 'nil' : `&LocalObjectReference{Name:${textAt(value, 'name')},}`);
const reference = (value: unknown): string => (value === undefined ? 'nil' : `&SecretReference{Name:${textAt(value, 'name')},Namespace:${textAt(value, 'namespace')},}`);
const size = (value: unknown): string => (value !== undefined && parseQuantity(textAt(value)).nanos > 0n ? textAt(value) : '<unset>');

const FS_TYPE: Line = ['FSType:', 'fsType'];
const READ_ONLY: Line = ['ReadOnly:', 'readOnly', flag];
const OPTIONAL: Line = ['Optional:', 'optional', flag];
const PARTITION: Line = ['Partition:', 'partition', count];
const SECRET: Line = ['SecretRef:', 'secretRef', localReference];

/** A volume's references name a namespace. */
function both(type: string, lines: readonly Line[]): SourceKind {
  return { type, lines, linesOfVolume: lines.map((line) => (line === SECRET ? ['SecretRef:', 'secretRef', reference] : line)) };
}

/** In the order in which they are looked for. Source: kubectl pkg/describe, describeVolumes and describePersistentVolume. */
const KINDS: Readonly<Record<string, SourceKind>> = {
  hostPath: { type: 'HostPath (bare host directory volume)', lines: [['Path:', 'path'], ['HostPathType:', 'type', or('<none>')]] },
  emptyDir: { type: "EmptyDir (a temporary directory that shares a pod's lifetime)", lines: [['Medium:', 'medium'], ['SizeLimit:', 'sizeLimit', size]] },
  gcePersistentDisk: { type: 'GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)', lines: [['PDName:', 'pdName'], FS_TYPE, PARTITION, READ_ONLY] },
  awsElasticBlockStore: { type: 'AWSElasticBlockStore (a Persistent Disk resource in AWS)', lines: [['VolumeID:', 'volumeID'], FS_TYPE, PARTITION, READ_ONLY] },
  gitRepo: { type: 'GitRepo (a volume that is pulled from git when the pod is created)', lines: [['Repository:', 'repository'], ['Revision:', 'revision']] },
  secret: { type: 'Secret (a volume populated by a Secret)', lines: [['SecretName:', 'secretName'], OPTIONAL] },
  configMap: { type: 'ConfigMap (a volume populated by a ConfigMap)', lines: [['Name:', 'name'], OPTIONAL] },
  nfs: { type: 'NFS (an NFS mount that lasts the lifetime of a pod)', lines: [['Server:', 'server'], ['Path:', 'path'], READ_ONLY] },
  iscsi: both("ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)", [
    ['TargetPortal:', 'targetPortal'], ['IQN:', 'iqn'], ['Lun:', 'lun', count], ['ISCSIInterface', 'iscsiInterface'], FS_TYPE, READ_ONLY, ['Portals:', 'portals', list],
    ['DiscoveryCHAPAuth:', 'chapAuthDiscovery', flag], ['SessionCHAPAuth:', 'chapAuthSession', flag], SECRET, ['InitiatorName:', 'initiatorName', or('<none>')],
  ]),
  glusterfs: {
    type: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)", lines: [['EndpointsName:', 'endpoints'], ['Path:', 'path'], READ_ONLY],
    linesOfVolume: [['EndpointsName:', 'endpoints'], ['EndpointsNamespace:', 'endpointsNamespace', or('<unset>')], ['Path:', 'path'], READ_ONLY],
  },
  persistentVolumeClaim: { type: 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)', lines: [['ClaimName:', 'claimName'], READ_ONLY] },
  rbd: both("RBD (a Rados Block Device mount on the host that shares a pod's lifetime)", [
    ['CephMonitors:', 'monitors', list], ['RBDImage:', 'image'], FS_TYPE, ['RBDPool:', 'pool'], ['RadosUser:', 'user'], ['Keyring:', 'keyring'], SECRET, READ_ONLY,
  ]),
  quobyte: { type: "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)", lines: [['Registry:', 'registry'], ['Volume:', 'volume'], READ_ONLY] },
  azureDisk: {
    type: 'AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)', lines: [['DiskName:', 'diskName'], ['DiskURI:', 'diskURI'], ['Kind: ', 'kind'], FS_TYPE, ['CachingMode:', 'cachingMode'], READ_ONLY],
  },
  vsphereVolume: { type: 'vSphereVolume (a Persistent Disk resource in vSphere)', lines: [['VolumePath:', 'volumePath'], FS_TYPE, ['StoragePolicyName:', 'storagePolicyName']] },
  cinder: both('Cinder (a Persistent Disk resource in OpenStack)', [['VolumeID:', 'volumeID'], FS_TYPE, READ_ONLY, SECRET]),
  photonPersistentDisk: { type: 'PhotonPersistentDisk (a Persistent Disk resource in photon platform)', lines: [['PdID:', 'pdID'], FS_TYPE] },
  portworxVolume: { type: 'PortworxVolume (a Portworx Volume resource)', lines: [['VolumeID:', 'volumeID']] },
  scaleIO: {
    type: 'ScaleIO (a persistent volume backed by a block device in ScaleIO)', lines: scaleLines([]),
    linesOfVolume: scaleLines([['SecretName:', 'secretRef', (value) => textAt(value, 'name')], ['SecretNamespace:', 'secretRef', (value) => textAt(value, 'namespace')]]),
  },
  local: { type: 'LocalVolume (a persistent volume backed by local storage on a node)', lines: [['Path:', 'path']] },
  cephfs: both("CephFS (a CephFS mount on the host that shares a pod's lifetime)", [['Monitors:', 'monitors', list], ['Path:', 'path'], ['User:', 'user'], ['SecretFile:', 'secretFile'], SECRET, READ_ONLY]),
  storageos: { type: 'StorageOS (a StorageOS Persistent Disk resource)', lines: [['VolumeName:', 'volumeName'], ['VolumeNamespace:', 'volumeNamespace'], FS_TYPE, READ_ONLY] },
  fc: { type: 'FC (a Fibre Channel disk)', lines: [['TargetWWNs:', 'targetWWNs', (value) => words(value).join(', ')], ['LUN:', 'lun', or('<none>')], FS_TYPE, READ_ONLY] },
  azureFile: {
    type: 'AzureFile (an Azure File Service mount on the host and bind mount to the pod)', lines: [['SecretName:', 'secretName'], ['ShareName:', 'shareName'], READ_ONLY],
    linesOfVolume: [['SecretName:', 'secretName'], ['SecretNamespace:', 'secretNamespace'], ['ShareName:', 'shareName'], READ_ONLY],
  },
  flexVolume: both('FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)', [['Driver:', 'driver'], FS_TYPE, SECRET, READ_ONLY, ['Options:', 'options', map]]),
  flocker: { type: 'Flocker (a Flocker volume mounted by the Flocker agent)', lines: [['DatasetName:', 'datasetName'], ['DatasetUUID:', 'datasetUUID']] },
  image: { type: 'Image (a container image or OCI artifact)', lines: [['Reference:', 'reference'], ['PullPolicy:', 'pullPolicy']] },
};

function scaleLines(secret: readonly Line[]): readonly Line[] {
  return [
    ['Gateway:', 'gateway'], ['System:', 'system'], ['Protection Domain:', 'protectionDomain'], ['Storage Pool:', 'storagePool'], ['Storage Mode:', 'storageMode'], ['VolumeName:', 'volumeName'], ...secret, FS_TYPE, READ_ONLY,
  ];
}

/** What is told of a source that is nothing but fields; undefined for another one. `of`: a PersistentVolume tells more of some kinds than a pod does. */
export function plainSourceLines(volume: JsonObject, of: 'pod' | 'volume'): string[] | undefined {
  const found = Object.entries(KINDS).find(([field]) => volume[field] !== undefined);
  if (!found) return undefined;
  const [field, { type, lines, linesOfVolume = lines }] = found;
  return [`Type:\t${type}`, ...(of === 'pod' ? lines : linesOfVolume).map(([title, name, print = textAt]) => `${title}\t${print(at(volume, field, name))}`)];
}
