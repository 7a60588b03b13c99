/**
 * The feature gates that Kubernetes 1.36 knows: a name that is none is refused, as is changing one that is locked. kubets builds what is on by default;
 * of the others only those that the code asks for by name change anything. Source: "Feature Gates".
 */
const LOCKED_ON = `AggregatedDiscoveryRemoveBetaType AnonymousAuthConfigurableEndpoints AnyVolumeDataSource APIServerTracing AuthorizeNodeWithSelectors AuthorizeWithSelectors BtreeWatchCache
  ComponentSLIs ConsistentListFromCache CPUManagerPolicyOptions CRDValidationRatcheting CronJobsScheduledAnnotation CSIMigrationPortworx CSIServiceAccountTokenSecrets
  CustomResourceFieldSelectors DeclarativeValidation DevicePluginCDIDevices DisableAllocatorDualWrite DisableNodeKubeProxyVersion DRAAdminAccess DynamicResourceAllocation
  ExecProbeTimeout ExternalServiceAccountTokenSigner HonorPVReclaimPolicy ImageMaximumGCAge ImageVolume InPlacePodVerticalScaling JobBackoffLimitPerIndex JobManagedBy
  JobPodReplacementPolicy JobSuccessPolicy KubeletCgroupDriverFromCRI KubeletFineGrainedAuthz KubeletPodResourcesDynamicResources KubeletPodResourcesGet KubeletPSI
  KubeletTracing LoadBalancerIPMode LogarithmicScaleDown MatchLabelKeysInPodAffinity MemoryManager MultiCIDRServiceAllocator MutableCSINodeAllocatableCount NFTablesProxyMode
  NodeInclusionPolicyInPodTopologySpread NodeSwap OrderedNamespaceDeletion PodIndexLabel PodLifecycleSleepAction PodLifecycleSleepActionAllowZero
  PodObservedGenerationTracking PodSchedulingReadiness PreferSameTrafficDistribution ProcMountType RecoverVolumeExpansionFailure RecursiveReadOnlyMounts
  RelaxedDNSSearchValidation RelaxedEnvironmentVariableValidation ResilientWatchCacheInitialization RetryGenerateName SchedulerQueueingHints SELinuxChangePolicy
  SELinuxMountReadWriteOncePod SeparateTaintEvictionController ServiceAccountTokenJTI ServiceAccountTokenNodeBinding ServiceAccountTokenNodeBindingValidation
  ServiceAccountTokenPodNodeInfo ServiceTrafficDistribution SidecarContainers SizeMemoryBackedVolumes StatefulSetAutoDeletePVC StreamingCollectionEncodingToJSON
  StreamingCollectionEncodingToProtobuf StrictCostEnforcementForVAP StrictCostEnforcementForWebhooks StructuredAuthenticationConfiguration
  StructuredAuthorizationConfiguration SupplementalGroupsPolicy SystemdWatchdog TopologyAwareHints TopologyManagerPolicyOptions UserNamespacesSupport VolumeAttributesClass
  WinDSR WinOverlay`;
const LOCKED_OFF = 'AllowOverwriteTerminationGracePeriodSeconds GitRepoVolumeDriver SeparateCacheWatchRPC';
const ON = `AllowParsingUserUIDFromCertAuth APIResponseCompression APIServerIdentity AuthorizePodWebsocketUpgradeCreatePermission ClearingNominatedNodeNameAfterBinding
  ComponentStatusz ConstrainedImpersonation ContainerCheckpoint ContainerRestartRules ContextualLogging CPUManagerPolicyBetaOptions CustomCPUCFSQuotaPeriod
  DeclarativeValidationBeta DeploymentReplicaSetTerminatingReplicas DetectCacheInconsistency DisableCPUQuotaWithExclusiveCPUs DRAConsumableCapacity
  DRADeviceBindingConditions DRADeviceTaints DRAExtendedResource DRAPartitionableDevices DRAPrioritizedList DRAResourceClaimDeviceStatus
  DRAResourceClaimGranularStatusAuthorization DRASchedulerFilterTimeout EnvFiles ExtendWebSocketsToKubelet GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority
  HostnameOverride HPAConfigurableTolerance InPlacePodLevelResourcesVerticalScaling InPlacePodVerticalScalingInitContainers KubeletCrashLoopBackOffMax
  KubeletEnsureSecretPulledImages KubeletPodResourcesListUseActivePods KubeletSeparateDiskGC KubeletServiceAccountTokenForCredentialProviders ListFromCacheSnapshot
  LoggingBetaOptions MatchLabelKeysInPodTopologySpread MatchLabelKeysInPodTopologySpreadSelectorMerge MutablePodResourcesForSuspendedJobs
  MutableSchedulingDirectivesForSuspendedJobs MutatingAdmissionPolicy NodeDeclaredFeatures NominatedNodeNameForExpectation OpenAPIEnums OpportunisticBatching
  PLEGOnDemandRelist PodDeletionCost PodLevelResources PodReadyToStartContainersCondition PodTopologyLabelsAdmission PortForwardWebsockets PreventStaticPodAPIReferences
  RelaxedServiceNameValidation ReloadKubeletClientCAFile ReloadKubeletServerCertificateFile RemoteRequestHeaderUID ResourceHealthStatus ResourceHealthStatusMessage
  RestartAllContainersOnContainerExits RotateKubeletServerCertificate SchedulerAsyncPreemption SchedulerPopFromBackoffQ ServiceAccountNodeAudienceRestriction
  ServiceCIDRStatusFieldWiping SizeBasedListCostEstimate StaleControllerConsistencyDaemonSet StaleControllerConsistencyJob StaleControllerConsistencyReplicaSet
  StaleControllerConsistencyStatefulSet StatefulSetSemanticRevisionComparison StorageNamespaceIndex StorageVersionHash StrictIPCIDRValidation
  StructuredAuthenticationConfigurationEgressSelector StructuredAuthenticationConfigurationJWKSMetrics TokenRequestServiceAccountUIDValidation
  TopologyManagerPolicyBetaOptions TranslateStreamCloseWebsocketRequests UnauthenticatedHTTP2DOSMitigation WatchList WindowsGracefulNodeShutdown`;
const OFF = `AllAlpha AllBeta AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests AllowServiceLBStatusOnNonLB AllowUnsafeMalformedObjectDeletion APIServingWithRoutine
  CBORServingAndStorage ChangeContainerStatusOnKubeletRestart CloudControllerManagerWatchBasedRoutesReconciliation CloudControllerManagerWebhook ClusterTrustBundle
  ClusterTrustBundleProjection ComponentFlagz ConcurrentWatchObjectDecode ContainerStopSignals CoordinatedLeaderElection CPUManagerPolicyAlphaOptions
  CRDObservedGenerationTracking CRIListStreaming CrossNamespaceVolumeDataSource CSIVolumeHealth DeclarativeValidationTakeover DRADeviceTaintRules DRAListTypeAttributes
  DRANodeAllocatableResources DRAResourcePoolStatus DRAWorkloadResourceClaims EventedPLEG GangScheduling GenericWorkload HPAScaleToZero ImageVolumeWithDigest
  InPlacePodVerticalScalingAllocatedStatus InPlacePodVerticalScalingExclusiveCPUs InPlacePodVerticalScalingExclusiveMemory InTreePluginPortworxUnregister KMSv1
  KubeletInUserNamespace KubeletRegistrationGetOnExistsOnly LegacySidecarContainers LocalStorageCapacityIsolationFSQuotaMonitoring LoggingAlphaOptions
  ManifestBasedAdmissionControlConfig MaxUnavailableStatefulSet MemoryQoS MutablePVNodeAffinity NodeLogQuery PersistentVolumeClaimUnusedSinceTime PodAndContainerStatsFromCRI
  PodCertificateRequest PodLevelResourceManagers PodLogsQuerySplitStreams PodsAPI QOSReserved ReduceDefaultCrashLoopBackOffDecay RuntimeClassInImageCriAPI
  SchedulerAsyncAPICalls SELinuxMount ShardedListAndWatch StorageCapacityScoring StorageVersionAPI StorageVersionMigrator TaintTolerationComparisonOperators
  TopologyAwareWorkloadScheduling TopologyManagerPolicyAlphaOptions UnknownVersionInteroperabilityProxy UserNamespacesHostNetworkSupport UserNamespacesPodSecurityStandards
  VolumeLimitScaling WatchCacheInitializationPostStartHook WatchFromStorageWithoutResourceVersion WindowsCPUAndMemoryAffinity WindowsHostNetwork WorkloadWithJob`;

interface Gate {
  readonly isOn: boolean;
  readonly isLocked: boolean;
}

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);
const known = (): Map<string, Gate> => new Map([
  ...words(LOCKED_ON).map((name): [string, Gate] => [name, { isOn: true, isLocked: true }]),
  ...words(LOCKED_OFF).map((name): [string, Gate] => [name, { isOn: false, isLocked: true }]),
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
