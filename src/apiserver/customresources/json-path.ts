/** The part of JSONPath that printer columns and scale paths use: `.a.b`, `['a.b']`, `[0]`, `[-1:]`, `[*]`, `..a`, `[?(@.type=="Ready")]`, `[?(@.type)]`. Source: client-go util/jsonpath. */
type Step = (value: unknown) => unknown[];

function member(name: string): Step {
  return (value) => (typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? [(value as Record<string, unknown>)[name]] : []);
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function element(index: number): Step {
  return (value) => (Array.isArray(value) && value.at(index) !== undefined ? [value.at(index)] : []);
}

/** `[1:3]`, `[-2:]`, `[::2]`; what lies outside gives nothing. */
function slice(text: string): Step {
  const [start, end, stride] = text.split(':').map((part) => (part === '' ? undefined : Number(part)));
  return (value) => (Array.isArray(value) ? value.slice(start, end).filter((_, index) => index % (stride ?? 1) === 0) : []);
}

/** A value, and all that is in it, at any depth. */
function descendants(value: unknown): unknown[] {
  return [value, ...children(value).flatMap(descendants)];
}

const OPERATORS: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  '==': (a, b) => a === b, '!=': (a, b) => a !== b, '<': (a, b) => Number(a) < Number(b), '<=': (a, b) => Number(a) <= Number(b), '>': (a, b) => Number(a) > Number(b), '>=': (a, b) => Number(a) >= Number(b),
};

function filter(text: string): Step | undefined {
  const match = /^@((?:\.[\w-]+)+)\s*(==|!=|<=|>=|<|>)\s*(.+)$/.exec(text.trim());
  if (!match) return present(text.trim());
  const [, path = '', operator = '', literal = ''] = match;
  const steps = path.slice(1).split('.').map(member);
  const quoted = /^(["'])(.*)\1$/.exec(literal.trim());
  const wanted = quoted ? quoted[2] : (JSON.parse(literal) as unknown);
  return (value) => (Array.isArray(value) ? value.filter((one) => run(steps, one).some((found) => OPERATORS[operator]?.(found, wanted) ?? false)) : []);
}

/** `@.a.b`: elements that have it. */
function present(text: string): Step | undefined {
  if (!/^@(?:\.[\w-]+)+$/.test(text)) return undefined;
  const steps = text.slice(2).split('.').map(member);
  return (value) => (Array.isArray(value) ? value.filter((one) => run(steps, one).length > 0) : []);
}

function run(steps: readonly Step[], value: unknown): unknown[] {
  return steps.reduce<unknown[]>((values, step) => values.flatMap(step), [value]);
}

const TOKEN = /(\.\.(?=[^.[]))|\.?((?:\\.|[^.[\]\\])+)|\[(?:'([^']*)'|"([^"]*)"|(-?\d+)|(-?\d*:-?\d*(?::[1-9]\d*)?)|(\*)|\?\((.*?)\))\]/y;

/** All values at a path. Undefined for a path that cannot be read. */
export function compileJsonPath(text: string): ((value: unknown) => unknown[]) | undefined {
  const steps: Step[] = [];
  const path = text.startsWith('.') || text.startsWith('[') ? text : `.${text}`;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < path.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(path);
    if (!match) return undefined;
    TOKEN.lastIndex = at + match[0].length;
    const [, recursive, dotted, single, double, index, range, star, condition] = match;
    const name = dotted?.replace(/\\(.)/g, '$1') ?? single ?? double;
    if (recursive) steps.push(descendants);
    else if (range) steps.push(slice(range));
    else if (name === '*' || star) steps.push(children);
    else if (name !== undefined) steps.push(member(name));
    else if (index !== undefined) steps.push(element(Number(index)));
    else {
      const step = filter(condition ?? '');
      if (!step) return undefined;
      steps.push(step);
    }
  }
  return (value) => run(steps, value);
}
