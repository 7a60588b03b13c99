/** The HTTP face of the cluster: authenticates, authorizes, admits, and reads and writes objects. */
export { ApiServer, type ApiServerOptions } from './server.ts';
export type { PathHandler, SpecialHandler } from './handlers/dispatcher.ts';
export type { HealthCheck } from './health/health.ts';
export type { ControlPlaneComponent } from './subresources/component-statuses.ts';
export type { TlsMaterial } from './http/listener.ts';
