import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { SchedulerConfiguration } from '../scheduler/index.ts';
import { loadScheduler } from './late-modules.ts';

/** Reads the file of `--scheduler-config`. Rejects with an Error of one line, which says what to change. */
export async function loadSchedulerConfiguration(file: string): Promise<SchedulerConfiguration> {
  const { readSchedulerConfiguration } = await loadScheduler();
  try {
    return readSchedulerConfiguration(load(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`--scheduler-config ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
