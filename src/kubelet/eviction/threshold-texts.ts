import { parseQuantity, wholeValue } from '../../apimachinery/quantity.ts';
import { type Amount, EVICTION_SIGNALS, type EvictionSignal } from './thresholds.ts';

/**
 * `memory.available<100Mi,nodefs.available<10%`: as the kubelet's `--eviction-hard` and `--eviction-soft`. Signals that are not named need keep nothing free.
 * Throws Error that says what is wrong.
 */
export function parseThresholds(text: string): Partial<Record<EvictionSignal, Amount>> {
  const thresholds: Partial<Record<EvictionSignal, Amount>> = {};
  for (const [name, amount] of statements(text, '<')) thresholds[signalOf(name)] = amountFrom(amount);
  return thresholds;
}

/** `memory.available=1m30s`: as `--eviction-soft-grace-period`; `duration` reads one duration as milliseconds. */
export function parseGracePeriods(text: string, duration: (text: string) => number): Partial<Record<EvictionSignal, number>> {
  const periods: Partial<Record<EvictionSignal, number>> = {};
  for (const [name, period] of statements(text, '=')) periods[signalOf(name)] = duration(period);
  return periods;
}

function statements(text: string, sign: string): [string, string][] {
  return text.split(',').filter((part) => part.trim() !== '').map((part) => {
    const at = part.indexOf(sign);
    if (at <= 0) throw new Error(`"${part}" has not the form signal${sign}value`);
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
}

function signalOf(name: string): EvictionSignal {
  const signal = EVICTION_SIGNALS.find((known) => known === name);
  if (!signal) throw new Error(`there is no signal "${name}"; there are: ${EVICTION_SIGNALS.join(', ')}`);
  return signal;
}

function amountFrom(text: string): Amount {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent !== undefined) {
    if (Number(percent) > 100) throw new Error(`${text} is more than everything`);
    return { share: Number(percent) / 100 };
  }
  try {
    return { absolute: Number(wholeValue(parseQuantity(text))) };
  } catch (error) {
    throw new Error(`"${text}" is neither a percentage such as 10% nor a quantity such as 100Mi`, { cause: error });
  }
}
