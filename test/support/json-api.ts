import { after } from 'node:test';
import { JsonClient } from './json-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

/** An API server for all tests of a file, and its administrator's client; both end with the file. */
export async function startJsonApi(): Promise<{ readonly running: TestServer; readonly api: JsonClient }> {
  const running = await startTestServer();
  const api = new JsonClient(running.server.port);
  after(async () => {
    api[Symbol.dispose]();
    await running[Symbol.asyncDispose]();
  });
  return { running, api };
}
