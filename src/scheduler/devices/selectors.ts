import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { DEVICE } from '../../api/resource/device-expressions.ts';
import type { DeviceSelector } from '../../api/generated/resource-v1.ts';
import { BOOL, DYN, STRING } from '../../cel/checker/types.ts';
import { compile, EvaluationError, type Program, type Value } from '../../cel/expression.ts';
import { CelMap } from '../../cel/runtime/values.ts';
import { AllocationError } from './allocation-error.ts';
import type { KnownDevice } from './inventory.ts';

const MAX_PROGRAMS = 1024;
/** By text: the same few are asked for every device of every node. */
const programs = new Map<string, Program>();
const toQuantity = compile('quantity(text)', { variables: { text: STRING } });
const toVersion = compile('semver(text)', { variables: { text: STRING } });

class Fields extends CelMap {
  readonly #fields: ReadonlyMap<Value, Value>;
  readonly #absent: Value | undefined;

  /** `absent`: what stands for keys that are not there. */
  constructor(fields: ReadonlyMap<Value, Value>, absent?: Value) {
    super();
    this.#fields = fields;
    this.#absent = absent;
  }

  get size(): number {
    return this.#fields.size;
  }

  get(key: Value): Value | undefined {
    return this.#fields.get(key) ?? this.#absent;
  }

  override has(key: Value): boolean {
    return this.#fields.has(key);
  }

  keys(): Iterable<Value> {
    return this.#fields.keys();
  }
}

const EMPTY = new Fields(new Map());

/** `device.attributes["domain"].name`; a domain that a device has nothing of is empty. */
function byDomain(driver: string, values: Iterable<readonly [string, Value]>): Fields {
  const domains = new Map<string, Map<Value, Value>>();
  for (const [name, value] of values) {
    const slash = name.indexOf('/');
    const domain = slash < 0 ? driver : name.slice(0, slash);
    const fields = domains.get(domain) ?? new Map<Value, Value>();
    fields.set(name.slice(slash + 1), value);
    domains.set(domain, fields);
  }
  return new Fields(new Map([...domains].map(([domain, fields]): [Value, Value] => [domain, new Fields(fields)])), EMPTY);
}

function celDevice({ driver, device }: KnownDevice): Fields {
  const attributes = Object.entries(device.attributes ?? {}).flatMap(([name, { int, bool, string, version }]): [string, Value][] => {
    const value: Value | undefined = int !== undefined ? BigInt(int) : version !== undefined ? toVersion.evaluate({ text: version }).value : (bool ?? string);
    return value === undefined ? [] : [[name, value]];
  });
  const capacity = Object.entries(device.capacity ?? {}).map(([name, { value }]): [string, Value] => [name, toQuantity.evaluate({ text: String(value) }).value]);
  return new Fields(new Map<Value, Value>([['driver', driver], ['attributes', byDomain(driver, attributes)], ['capacity', byDomain(driver, capacity)], ['allowMultipleAllocations', device.allowMultipleAllocations === true]]));
}

function programOf(expression: string): Program {
  const known = programs.get(expression);
  if (known) return known;
  if (programs.size >= MAX_PROGRAMS) programs.clear();
  const program = compile(expression, { variables: { device: DEVICE }, resultTypes: [BOOL, DYN], hasBindings: true });
  programs.set(expression, program);
  return program;
}

/** Whether every selector takes the device. `owner`: whose they are (`class gpu`, `claim default/c`). Throws AllocationError for one that fails, say because the device lacks an attribute. */
export function isSelected(device: KnownDevice, owner: string, selectors: readonly DeepReadonly<DeviceSelector>[] = []): boolean {
  if (selectors.length === 0) return true;
  const subject = celDevice(device);
  return selectors.every(({ cel }, index) => {
    try {
      return programOf(cel?.expression ?? 'false').evaluate({ device: subject }).value === true;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      throw new AllocationError(`${owner}: selector #${index}: CEL runtime error: ${error.message}`, { cause: error });
    }
  });
}
