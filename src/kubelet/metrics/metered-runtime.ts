import type { Clock } from '../../base/clock.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import type { KubeletMetrics } from './kubelet-metrics.ts';

/** Which calls are told, by the names that a kubelet gives them. Source: pkg/kubelet/kuberuntime, instrumented_services.go. */
const OPERATIONS = new Map<string, string>(Object.entries({
  version: 'version', status: 'status', cgroupDriver: 'runtime_config', updateRuntimeConfig: 'update_runtime_config',
  runPodSandbox: 'run_podsandbox', stopPodSandbox: 'stop_podsandbox', removePodSandbox: 'remove_podsandbox', podSandboxStatus: 'podsandbox_status', listPodSandbox: 'list_podsandbox',
  createContainer: 'create_container', startContainer: 'start_container', stopContainer: 'stop_container', removeContainer: 'remove_container', listContainers: 'list_containers',
  containerStatus: 'container_status', updateContainerResources: 'update_container', reopenContainerLog: 'reopen_container_log', execSync: 'exec_sync', exec: 'exec', attach: 'attach',
  portForward: 'port_forward', listContainerStats: 'list_container_stats', listImages: 'list_images', imageStatus: 'image_status', pullImage: 'pull_image', removeImage: 'remove_image', imageFsInfo: 'image_fs_info',
} satisfies Partial<Record<keyof ContainerRuntime, string>>));

/** The same runtime; its calls are counted and timed. */
export function meteredRuntime(runtime: ContainerRuntime, metrics: KubeletMetrics, clock: Clock): ContainerRuntime {
  const metered = new Map<PropertyKey, unknown>();
  return new Proxy(runtime, {
    get(target, name) {
      const known = metered.get(name);
      if (known !== undefined) return known;
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      const operation = OPERATIONS.get(String(name));
      const bound = method.bind(target) as (...args: readonly unknown[]) => Promise<unknown>;
      const made = operation === undefined ? bound : timed(bound, `operation_type="${operation}"`, metrics, clock);
      metered.set(name, made);
      return made;
    },
  });
}

function timed(call: (...args: readonly unknown[]) => Promise<unknown>, labels: string, metrics: KubeletMetrics, clock: Clock): (...args: readonly unknown[]) => Promise<unknown> {
  return async (...args) => {
    metrics.operations.add(labels);
    const startedMs = clock.monotonic();
    try {
      return await call(...args);
    } catch (error) {
      metrics.operationErrors.add(labels);
      throw error;
    } finally {
      metrics.operationSeconds.with(labels).observe((clock.monotonic() - startedMs) / 1000);
    }
  };
}
