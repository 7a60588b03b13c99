import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { SchedulerConfiguration } from './profile.ts';

export interface SchedulerOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  /** A recorder of what the scheduler tells under this name, for the scheduler to close. */
  readonly recorderOf: (component: string) => EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly configuration: SchedulerConfiguration;
}
