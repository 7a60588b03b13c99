import { readFileSync } from 'node:fs';
import type { Descriptions } from './definitions.ts';

const FILE = new URL('./generated/descriptions.json', import.meta.url);

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** The texts that `npm run generate` takes from the official client's models; none in a checkout where it has not run. */
export function loadDescriptions(): Descriptions {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Descriptions;
  } catch (error) {
    if (isMissing(error)) return {};
    throw error;
  }
}
