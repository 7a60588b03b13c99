import { parseQuantity, QuantityError } from '../../apimachinery/quantity.ts';

/** Annotations of a pod that say what each of its containers is to use, as quantities. */
export const SIMULATED_CPU = 'kubets.io/simulated-cpu';
export const SIMULATED_MEMORY = 'kubets.io/simulated-memory';

const NANO = 1e9;

/** What a container of a pod with these annotations uses while it runs: nothing, unless they say so. */
export function simulatedUsage(annotations: Readonly<Record<string, string>>): { readonly cores: number; readonly memoryBytes: number } {
  return { cores: amount(annotations[SIMULATED_CPU]), memoryBytes: Math.round(amount(annotations[SIMULATED_MEMORY])) };
}

/** A text that is no quantity is none: nobody is there to be told. */
function amount(text: string | undefined): number {
  if (text === undefined) return 0;
  try {
    return Math.max(Number(parseQuantity(text).nanos) / NANO, 0);
  } catch (error) {
    if (error instanceof QuantityError) return 0;
    throw error;
  }
}
