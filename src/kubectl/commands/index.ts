import type { Command } from '../command.ts';

/** A command by name; its file is loaded when it is called, since most calls need one. */
export interface CommandEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  load(): Promise<Command>;
}

export const commands: readonly CommandEntry[] = [
  { name: 'annotate', summary: 'Update the annotations on a resource', load: async () => (await import('./label.ts')).annotate },
  { name: 'api-resources', summary: 'Print the supported API resources on the server', load: async () => (await import('./server-info.ts')).apiResources },
  { name: 'api-versions', summary: 'Print the supported API versions on the server, in the form of "group/version"', load: async () => (await import('./server-info.ts')).apiVersions },
  { name: 'apply', summary: 'Apply a configuration to a resource by file name or stdin', load: async () => (await import('./apply.ts')).apply },
  { name: 'attach', summary: 'Attach to a running container', load: async () => (await import('./exec.ts')).attach },
  { name: 'auth', summary: 'Inspect authorization', load: async () => (await import('./auth.ts')).auth },
  { name: 'autoscale', summary: 'Auto-scale a deployment, replica set, stateful set, or replication controller', load: async () => (await import('./autoscale.ts')).autoscale },
  { name: 'certificate', summary: 'Modify certificate resources', load: async () => (await import('./certificate.ts')).certificate },
  { name: 'cluster-info', aliases: ['clusterinfo'], summary: 'Display cluster information', load: async () => (await import('./cluster-info.ts')).clusterInfo },
  { name: 'completion', summary: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)', load: async () => (await import('./completion.ts')).completion },
  { name: 'config', summary: 'Modify kubeconfig files', load: async () => (await import('./config.ts')).config },
  { name: 'cordon', summary: 'Mark node as unschedulable', load: async () => (await import('./cordon.ts')).cordon },
  { name: 'cp', summary: 'Copy files and directories to and from containers', load: async () => (await import('./cp.ts')).cp },
  { name: 'create', summary: 'Create a resource from a file or from stdin', load: async () => (await import('./create.ts')).create },
  { name: 'debug', summary: 'Create debugging sessions for troubleshooting workloads and nodes', load: async () => (await import('./debug.ts')).debug },
  { name: 'delete', summary: 'Delete resources by file names, stdin, resources and names, or by resources and label selector', load: async () => (await import('./delete.ts')).deleteCommand },
  { name: 'describe', summary: 'Show details of a specific resource or group of resources', load: async () => (await import('./describe.ts')).describe },
  { name: 'diff', summary: 'Diff the live version against a would-be applied version', load: async () => (await import('./diff.ts')).diff },
  { name: 'drain', summary: 'Drain node in preparation for maintenance', load: async () => (await import('./drain.ts')).drain },
  { name: 'edit', summary: 'Edit a resource on the server', load: async () => (await import('./edit.ts')).edit },
  { name: 'events', summary: 'List events', load: async () => (await import('./events.ts')).events },
  { name: 'exec', summary: 'Execute a command in a container', load: async () => (await import('./exec.ts')).exec },
  { name: 'explain', summary: 'Get documentation for a resource', load: async () => (await import('./explain.ts')).explain },
  { name: 'expose', summary: 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service', load: async () => (await import('./expose.ts')).expose },
  { name: 'get', summary: 'Display one or many resources', load: async () => (await import('./get.ts')).get },
  { name: 'kuberc', summary: 'Manage user preferences (kuberc) file', load: async () => (await import('./kuberc.ts')).kuberc },
  { name: 'kustomize', summary: 'Build a kustomization target from a directory or URL', load: async () => (await import('./kustomize.ts')).kustomize },
  { name: 'label', summary: 'Update the labels on a resource', load: async () => (await import('./label.ts')).label },
  { name: 'logs', aliases: ['log'], summary: 'Print the logs for a container in a pod', load: async () => (await import('./logs.ts')).logs },
  { name: 'options', summary: 'Print the list of flags inherited by all commands', load: async () => (await import('./options.ts')).options },
  { name: 'patch', summary: 'Update fields of a resource', load: async () => (await import('./patch.ts')).patch },
  { name: 'plugin', summary: 'Provides utilities for interacting with plugins', load: async () => (await import('./plugin.ts')).plugin },
  { name: 'port-forward', summary: 'Forward one or more local ports to a pod', load: async () => (await import('./port-forward.ts')).portForward },
  { name: 'proxy', summary: 'Run a proxy to the Kubernetes API server', load: async () => (await import('./proxy.ts')).proxy },
  { name: 'replace', summary: 'Replace a resource by file name or stdin', load: async () => (await import('./replace.ts')).replace },
  { name: 'rollout', summary: 'Manage the rollout of a resource', load: async () => (await import('./rollout.ts')).rollout },
  { name: 'run', summary: 'Run a particular image on the cluster', load: async () => (await import('./run.ts')).run },
  { name: 'scale', summary: 'Set a new size for a deployment, replica set, or replication controller', load: async () => (await import('./scale.ts')).scale },
  { name: 'set', summary: 'Set specific features on objects', load: async () => (await import('./set.ts')).set },
  { name: 'taint', summary: 'Update the taints on one or more nodes', load: async () => (await import('./taint.ts')).taint },
  { name: 'top', summary: 'Display resource (CPU/memory) usage', load: async () => (await import('./top.ts')).top },
  { name: 'uncordon', summary: 'Mark node as schedulable', load: async () => (await import('./cordon.ts')).uncordon },
  { name: 'version', summary: 'Print the client and server version information', load: async () => (await import('./server-info.ts')).version },
  { name: 'wait', summary: 'Wait for a specific condition on one or many resources', load: async () => (await import('./wait.ts')).wait },
];
