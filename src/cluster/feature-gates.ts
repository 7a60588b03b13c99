/**
 * The feature gates that Kubernetes 1.36 knows: a name that is none is refused, as is changing one that is locked. kubets builds what is on by default;
 * of the others only those that the code asks for by name change anything. Source: "Feature Gates".
 */
const LOCKED_ON = `AnonymousAuthConfigurableEndpoints AnyVolumeDataSource AuthorizeNodeWithSelectors AuthorizeWithSelectors BtreeWatchCache ComponentSLIs ConsistentListFromCache
  CRDValidationRatcheting CronJobsScheduledAnnotation CSIMigrationPortworx CustomResourceFieldSelectors DevicePluginCDIDevices HonorPVReclaimPolicy JobBackoffLimitPerIndex JobPodReplacementPolicy
  JobSuccessPolicy KubeletTracing LoadBalancerIPMode LogarithmicScaleDown MatchLabelKeysInPodAffinity MemoryManager MultiCIDRServiceAllocator NFTablesProxyMode NodeInclusionPolicyInPodTopologySpread
  NodeSwap OrderedNamespaceDeletion PodIndexLabel PodSchedulingReadiness RecoverVolumeExpansionFailure RecursiveReadOnlyMounts RelaxedDNSSearchValidation RelaxedEnvironmentVariableValidation
  ResilientWatchCacheInitialization RetryGenerateName SchedulerQueueingHints SeparateTaintEvictionController ServiceAccountTokenJTI ServiceAccountTokenNodeBinding
  ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo ServiceTrafficDistribution SidecarContainers SizeMemoryBackedVolumes StatefulSetAutoDeletePVC
  StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf StrictCostEnforcementForVAP StrictCostEnforcementForWebhooks StructuredAuthenticationConfiguration
  StructuredAuthorizationConfiguration TopologyAwareHints CPUManagerPolicyOptions`;
const ON = `AllowParsingUserUIDFromCertAuth APIResponseCompression APIServerIdentity APIServerTracing ClearingNominatedNodeNameAfterBinding ContainerCheckpoint ContextualLogging ConstrainedImpersonation
  CPUManagerPolicyBetaOptions DeclarativeValidation DetectCacheInconsistency DisableAllocatorDualWrite DisableCPUQuotaWithExclusiveCPUs DisableNodeKubeProxyVersion DRAAdminAccess DRAPrioritizedList
  DRAResourceClaimDeviceStatus DRASchedulerFilterTimeout DynamicResourceAllocation ExecProbeTimeout ExternalServiceAccountTokenSigner GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority
  ImageMaximumGCAge ImageVolume InPlacePodVerticalScaling JobManagedBy KubeletCgroupDriverFromCRI KubeletFineGrainedAuthz KubeletPodResourcesListUseActivePods KubeletPSI KubeletSeparateDiskGC
  KubeletServiceAccountTokenForCredentialProviders ListFromCacheSnapshot LoggingBetaOptions MatchLabelKeysInPodTopologySpread MatchLabelKeysInPodTopologySpreadSelectorMerge MaxUnavailableStatefulSet
  MutableCSINodeAllocatableCount MutatingAdmissionPolicy NodeDeclaredFeatures NominatedNodeNameForExpectation OpenAPIEnums PodDeletionCost PodLevelResources PodLifecycleSleepAction
  PodLifecycleSleepActionAllowZero PodObservedGenerationTracking PodReadyToStartContainersCondition PodTopologyLabelsAdmission PortForwardWebsockets PreferSameTrafficDistribution
  PreventStaticPodAPIReferences ProcMountType ReloadKubeletServerCertificateFile RemoteRequestHeaderUID RotateKubeletServerCertificate SchedulerAsyncAPICalls SchedulerAsyncPreemption
  SchedulerPopFromBackoffQ SELinuxChangePolicy SELinuxMountReadWriteOncePod ServiceAccountNodeAudienceRestriction SizeBasedListCostEstimate StorageNamespaceIndex StorageVersionHash
  StructuredAuthenticationConfigurationEgressSelector StructuredAuthenticationConfigurationJWKSMetrics SupplementalGroupsPolicy SystemdWatchdog TokenRequestServiceAccountUIDValidation
  TopologyManagerPolicyBetaOptions TopologyManagerPolicyOptions TranslateStreamCloseWebsocketRequests UnauthenticatedHTTP2DOSMitigation UserNamespacesSupport VolumeAttributesClass WatchList WinDSR WinOverlay
  AggregatedDiscoveryRemoveBetaType HPAConfigurableTolerance RelaxedServiceNameValidation KubeletEnsureSecretPulledImages DeploymentReplicaSetTerminatingReplicas StatefulSetSemanticRevisionComparison`;
const OFF = `AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests AllowOverwriteTerminationGracePeriodSeconds AllowServiceLBStatusOnNonLB AllowUnsafeMalformedObjectDeletion
  APIServingWithRoutine CBORServingAndStorage ChangeContainerStatusOnKubeletRestart CloudControllerManagerWebhook ClusterTrustBundle ClusterTrustBundleProjection ComponentFlagz ComponentStatusz ConcurrentWatchObjectDecode ContainerRestartRules
  ContainerStopSignals CoordinatedLeaderElection CPUCFSQuotaPeriod CPUManagerPolicyAlphaOptions CrossNamespaceVolumeDataSource CSIVolumeHealth DeclarativeValidationTakeover DRAConsumableCapacity DRADeviceBindingConditions
  DRADeviceTaints DRAExtendedResource DRAPartitionableDevices EnvFiles EventedPLEG GangScheduling GenericWorkload GitRepoVolumeDriver HostnameOverride HPAScaleToZero InPlacePodVerticalScalingAllocatedStatus InPlacePodVerticalScalingExclusiveCPUs
  InPlacePodVerticalScalingExclusiveMemory InTreePluginPortworxUnregister KMSv1 KubeletCrashLoopBackOffMax KubeletInUserNamespace KubeletPodResourcesDynamicResources KubeletPodResourcesGet
  KubeletRegistrationGetOnExistsOnly LegacySidecarContainers LocalStorageCapacityIsolationFSQuotaMonitoring LoggingAlphaOptions MemoryQoS MutablePVNodeAffinity NodeLogQuery OpportunisticBatching PodAndContainerStatsFromCRI PodCertificateRequest
  PodLevelResourceManagers PodLogsQuerySplitStreams QOSReserved ReduceDefaultCrashLoopBackOffDecay ResourceHealthStatus RestartAllContainersOnContainerExits RuntimeClassInImageCriAPI SELinuxMount SeparateCacheWatchRPC StorageCapacityScoring StorageVersionAPI
  StorageVersionMigrator StrictIPCIDRValidation TaintTolerationComparisonOperators TopologyManagerPolicyAlphaOptions UnknownVersionInteroperabilityProxy UserNamespacesPodSecurityStandards UserNamespacesHostNetworkSupport VolumeLimitScaling
  WatchCacheInitializationPostStartHook WatchFromStorageWithoutResourceVersion WindowsCPUAndMemoryAffinity WindowsGracefulNodeShutdown WindowsHostNetwork AllAlpha AllBeta`;

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
