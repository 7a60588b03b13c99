import { GrpcConnection } from './grpc-connection.ts';
import { defineMessages } from './message-codec.ts';

const messages = defineMessages({ ServingStatus: 'UNKNOWN SERVING NOT_SERVING SERVICE_UNKNOWN' }, {
  HealthCheckRequest: `
    service 1 string`,
  HealthCheckResponse: `
    status 1 ServingStatus`,
});

/** Asks a gRPC server on `address` (`host:port`, no TLS) for its health (grpc.health.v1). Rejects with `RuntimeError`. */
export async function checkGrpcHealth(address: string, service: string, signal: AbortSignal): Promise<string> {
  await using connection = new GrpcConnection(address);
  const method = { path: '/grpc.health.v1.Health/Check', table: messages, request: 'HealthCheckRequest', response: 'HealthCheckResponse' };
  return (await connection.call(method, { service }, signal)).status as string;
}
