/**
 * The feature gates that Kubernetes 1.36 knows: a name that is none is refused, as is changing one that is locked. kubets builds what is on by default;
 * of the others only those that the code asks for by name change anything. Source: "Feature Gates".
 */
const LOCKED_ON = `AggregatedDiscoveryRemoveBetaType AnonymousAuthConfigurableEndpoints AnyVolumeDataSource APIServerTracing AuthorizeNodeWithSelectors AuthorizeWithSelectors BtreeWatchCache ComponentSLIs
  ConsistentListFromCache CPUManagerPolicyOptions CRDValidationRatcheting CronJobsScheduledAnnotation CSIMigrationPortworx CustomResourceFieldSelectors DevicePluginCDIDevices
  DisableAllocatorDualWrite DRAAdminAccess DynamicResourceAllocation ExecProbeTimeout HonorPVReclaimPolicy ImageMaximumGCAge InPlacePodVerticalScaling JobBackoffLimitPerIndex
  JobManagedBy JobPodReplacementPolicy JobSuccessPolicy KubeletCgroupDriverFromCRI KubeletTracing LoadBalancerIPMode LogarithmicScaleDown MatchLabelKeysInPodAffinity MemoryManager
  MultiCIDRServiceAllocator NFTablesProxyMode NodeInclusionPolicyInPodTopologySpread NodeSwap OrderedNamespaceDeletion PodIndexLabel PodLifecycleSleepAction
  PodLifecycleSleepActionAllowZero PodObservedGenerationTracking PodSchedulingReadiness PreferSameTrafficDistribution RecoverVolumeExpansionFailure RecursiveReadOnlyMounts
  RelaxedDNSSearchValidation RelaxedEnvironmentVariableValidation ResilientWatchCacheInitialization RetryGenerateName SchedulerQueueingHints SeparateTaintEvictionController
  ServiceAccountTokenJTI ServiceAccountTokenNodeBinding ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo ServiceTrafficDistribution SidecarContainers
  SizeMemoryBackedVolumes StatefulSetAutoDeletePVC StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf StrictCostEnforcementForVAP StrictCostEnforcementForWebhooks
  StructuredAuthenticationConfiguration StructuredAuthorizationConfiguration SupplementalGroupsPolicy SystemdWatchdog TopologyAwareHints VolumeAttributesClass WinDSR WinOverlay`;
const ON = `AllowParsingUserUIDFromCertAuth APIResponseCompression APIServerIdentity AuthorizePodWebsocketUpgradeCreatePermission ClearingNominatedNodeNameAfterBinding ComponentStatusz
  ConstrainedImpersonation ContainerCheckpoint ContainerRestartRules ContextualLogging CPUManagerPolicyBetaOptions CSIServiceAccountTokenSecrets DeclarativeValidation
  DeploymentReplicaSetTerminatingReplicas DetectCacheInconsistency DisableCPUQuotaWithExclusiveCPUs DisableNodeKubeProxyVersion DRAConsumableCapacity DRADeviceBindingConditions
  DRADeviceTaints DRAExtendedResource DRAPartitionableDevices DRAPrioritizedList DRAResourceClaimDeviceStatus DRAResourceClaimGranularStatusAuthorization DRASchedulerFilterTimeout EnvFiles
  ExternalServiceAccountTokenSigner
  GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority HostnameOverride HPAConfigurableTolerance ImageVolume InPlacePodLevelResourcesVerticalScaling
  InPlacePodVerticalScalingInitContainers KubeletCrashLoopBackOffMax
  KubeletEnsureSecretPulledImages KubeletFineGrainedAuthz KubeletPodResourcesDynamicResources KubeletPodResourcesGet KubeletPodResourcesListUseActivePods KubeletPSI
  KubeletSeparateDiskGC KubeletServiceAccountTokenForCredentialProviders ListFromCacheSnapshot LoggingBetaOptions MatchLabelKeysInPodTopologySpread
  MatchLabelKeysInPodTopologySpreadSelectorMerge MaxUnavailableStatefulSet MutableCSINodeAllocatableCount MutablePodResourcesForSuspendedJobs MutableSchedulingDirectivesForSuspendedJobs MutatingAdmissionPolicy NodeDeclaredFeatures NominatedNodeNameForExpectation
  OpenAPIEnums OpportunisticBatching PodDeletionCost PodLevelResources PodReadyToStartContainersCondition PodTopologyLabelsAdmission PortForwardWebsockets PreventStaticPodAPIReferences
  ProcMountType RelaxedServiceNameValidation ReloadKubeletClientCAFile ReloadKubeletServerCertificateFile RemoteRequestHeaderUID ResourceHealthStatus
  RestartAllContainersOnContainerExits RotateKubeletServerCertificate SchedulerAsyncPreemption
  SchedulerPopFromBackoffQ SELinuxChangePolicy SELinuxMountReadWriteOncePod ServiceAccountNodeAudienceRestriction SizeBasedListCostEstimate StatefulSetSemanticRevisionComparison
  StorageNamespaceIndex StorageVersionHash StrictIPCIDRValidation StructuredAuthenticationConfigurationEgressSelector StructuredAuthenticationConfigurationJWKSMetrics
  TokenRequestServiceAccountUIDValidation TopologyManagerPolicyBetaOptions TopologyManagerPolicyOptions TranslateStreamCloseWebsocketRequests UnauthenticatedHTTP2DOSMitigation
  UserNamespacesSupport WatchList WindowsGracefulNodeShutdown`;
const OFF = `AllAlpha AllBeta AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests AllowOverwriteTerminationGracePeriodSeconds AllowServiceLBStatusOnNonLB
  AllowUnsafeMalformedObjectDeletion APIServingWithRoutine CBORServingAndStorage ChangeContainerStatusOnKubeletRestart CloudControllerManagerWatchBasedRoutesReconciliation
  CloudControllerManagerWebhook ClusterTrustBundle ClusterTrustBundleProjection ComponentFlagz ConcurrentWatchObjectDecode ContainerStopSignals CoordinatedLeaderElection
  CPUManagerPolicyAlphaOptions CRDObservedGenerationTracking CrossNamespaceVolumeDataSource CSIVolumeHealth CustomCPUCFSQuotaPeriod DeclarativeValidationTakeover DRADeviceTaintRules
  DRAListTypeAttributes DRANodeAllocatableResources DRAWorkloadResourceClaims EventedPLEG GangScheduling GenericWorkload GitRepoVolumeDriver HPAScaleToZero ImageVolumeWithDigest
  InPlacePodVerticalScalingAllocatedStatus InPlacePodVerticalScalingExclusiveCPUs InPlacePodVerticalScalingExclusiveMemory InTreePluginPortworxUnregister KMSv1 KubeletInUserNamespace
  KubeletRegistrationGetOnExistsOnly LegacySidecarContainers LocalStorageCapacityIsolationFSQuotaMonitoring LoggingAlphaOptions MemoryQoS
  MutablePVNodeAffinity NodeLogQuery PodAndContainerStatsFromCRI PodCertificateRequest PodLevelResourceManagers PodLogsQuerySplitStreams
  QOSReserved ReduceDefaultCrashLoopBackOffDecay RuntimeClassInImageCriAPI SchedulerAsyncAPICalls SELinuxMount
  SeparateCacheWatchRPC StorageCapacityScoring StorageVersionAPI StorageVersionMigrator TaintTolerationComparisonOperators TopologyAwareWorkloadScheduling
  TopologyManagerPolicyAlphaOptions UnknownVersionInteroperabilityProxy UserNamespacesHostNetworkSupport UserNamespacesPodSecurityStandards VolumeLimitScaling
  WatchCacheInitializationPostStartHook WatchFromStorageWithoutResourceVersion WindowsCPUAndMemoryAffinity WindowsHostNetwork`;

interface Gate {
  readonly isOn: boolean;
  readonly isLocked: boolean;
}

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);
const known = (): Map<string, Gate> => new Map([
  ...words(LOCKED_ON).map((name): [string, Gate] => [name, { isOn: true, isLocked: true }]),
  ...words(ON).map((name): [string, Gate] => [name, { isOn: true, isLocked: false }]),
  ...words(OFF).map((name): [string, Gate] => [name, { isOn: false, isLocked: false }]),
]);

/** Whether a feature is on. */
export type FeatureGates = (name: string) => boolean;

/** Reads `--feature-gates`. Throws Error, in Kubernetes' words, for a name that is none, a value that is neither true nor false, and a gate that is locked. */
export function featureGates(given: ReadonlyMap<string, string>): FeatureGates {
  const gates = known();
  const chosen = new Map<string, boolean>();
  for (const [name, text] of given) {
    const gate = gates.get(name);
    if (!gate) throw new Error(`--feature-gates: unrecognized feature gate: ${name}`);
    const value = { true: true, false: false, 1: true, 0: false, t: true, f: false }[text.toLowerCase()];
    if (value === undefined) throw new Error(`--feature-gates: invalid value of ${name}=${text}, err: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
    if (gate.isLocked && value !== gate.isOn) throw new Error(`--feature-gates: cannot set feature gate ${name} to ${value}, feature is locked to ${gate.isOn}`);
    chosen.set(name, value);
  }
  return (name) => chosen.get(name) ?? gates.get(name)?.isOn ?? false;
}
