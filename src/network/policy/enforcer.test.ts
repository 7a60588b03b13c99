import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { Commands } from '../../base/commands.ts';
import { silentLogger } from '../../base/logger.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Client, InformerFactory } from '../../client/index.ts';
import { NetworkPolicyEnforcer } from './enforcer.ts';

test('a node that cannot read policies starts all the same, leaves the kernel as it is, and holds no pod up', async () => {
  const clock = new VirtualClock();
  const never = (): Promise<never> => Promise.reject(new Error('nobody is asked'));
  const client = new Client({ transport: { send: never, watch: never, [Symbol.asyncDispose]: () => Promise.resolve() }, clock });
  const common = { clock, logger: silentLogger };
  await using informers = new InformerFactory({ client, random: new SeededRandom(1), ...common });
  // Whatever it would run would fail, and be told as a failure.
  await using enforcer = new NetworkPolicyEnforcer({ informers, nodeName: 'here', families: ['IPv4'], commands: new Commands(['false']), ...common });
  const { signal } = new AbortController();
  const starting = enforcer.start(signal);
  await clock.advance(5000);
  await starting;
  await enforcer.isolate({ metadata: { name: 'a', namespace: 'x' }, spec: { containers: [] } } as unknown as Pod, ['10.0.0.1'], signal);
});
