import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Service } from '../../api/generated/core-v1.ts';

/** The services that a pod's environment tells of: those of its namespace, and `default/kubernetes`. A service of its own namespace goes before. */
export function visibleServices(namespace: string, services: readonly DeepReadonly<Service>[], enableServiceLinks: boolean): DeepReadonly<Service>[] {
  const visible = new Map<string, DeepReadonly<Service>>();
  for (const service of services) {
    const { name, namespace: home } = service.metadata;
    const address = service.spec.clusterIP;
    if (!address || address === 'None') continue;
    if (home === namespace && enableServiceLinks) visible.set(name, service);
    else if (home === 'default' && name === 'kubernetes' && !visible.has(name)) visible.set(name, service);
  }
  return [...visible.values()];
}

/** The variables of Docker links. Source: "Discovering services", environment variables; pkg/kubelet/envvars. */
export function serviceEnvironment(services: readonly DeepReadonly<Service>[]): Map<string, string> {
  const variables = new Map<string, string>();
  for (const service of services) {
    const prefix = service.metadata.name.toUpperCase().replaceAll('-', '_');
    const host = service.spec.clusterIP ?? '';
    const ports = service.spec.ports ?? [];
    variables.set(`${prefix}_SERVICE_HOST`, host);
    variables.set(`${prefix}_SERVICE_PORT`, String(ports[0]?.port ?? ''));
    for (const { name, port } of ports) if (name) variables.set(`${prefix}_SERVICE_PORT_${name.toUpperCase().replaceAll('-', '_')}`, String(port));
    const bracketed = host.includes(':') ? `[${host}]` : host;
    ports.forEach(({ port, protocol = 'TCP' }, index) => {
      const url = `${protocol.toLowerCase()}://${bracketed}:${port}`;
      const link = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
      if (index === 0) variables.set(`${prefix}_PORT`, url);
      variables.set(link, url);
      variables.set(`${link}_PROTO`, protocol.toLowerCase());
      variables.set(`${link}_PORT`, String(port));
      variables.set(`${link}_ADDR`, host);
    });
  }
  return variables;
}
