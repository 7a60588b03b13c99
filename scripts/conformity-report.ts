/** What the replayer of recordings says of one scenario. Source: `--json` of its README. */
export interface ScenarioResult {
  readonly area: string;
  readonly scenario: string;
  readonly ok: boolean;
  readonly passed: number;
  readonly total: number;
  /** Why it came to no end. */
  readonly error?: string;
  /** Those that differ only. */
  readonly steps: readonly { readonly step: number; readonly request: string; readonly diffs: readonly { readonly path: string; readonly expected: unknown; readonly got: unknown }[] }[];
}

export interface ReplayReport {
  readonly results: readonly ScenarioResult[];
}

/** A step's first differences tell what happened; the rest follows from them. */
const SHOWN_DIFFERENCES = 6;
const SHOWN_STEPS = 4;
const SHOWN_CHARACTERS = 300;

export function nameOf({ area, scenario }: ScenarioResult): string {
  return `${area} / ${scenario}`;
}

/** The differences of a scenario, a line each: few enough that those of several scenarios fit into the end of a log. */
export function differencesOf({ passed, total, error, steps }: ScenarioResult): string[] {
  const lines = [`  ${passed} of ${total} steps are alike${error === undefined ? '' : `; it ended: ${error}`}`];
  for (const { step, request, diffs } of steps.slice(0, SHOWN_STEPS)) {
    lines.push(`  step ${step}: ${request}`);
    for (const { path, expected, got } of statusFirst(diffs).slice(0, SHOWN_DIFFERENCES)) lines.push(`    ${path === '' ? '(body)' : path}: expected ${short(expected)}, got ${short(got)}`);
    if (diffs.length > SHOWN_DIFFERENCES) lines.push(`    and ${diffs.length - SHOWN_DIFFERENCES} more`);
  }
  if (steps.length > SHOWN_STEPS) lines.push(`  and ${steps.length - SHOWN_STEPS} more steps`);
  return lines;
}

/** What an answer of the wrong kind says for itself stands before all that it lacks. */
function statusFirst<T extends { readonly path: string }>(diffs: readonly T[]): T[] {
  const rank = ({ path }: T): number => (['(request)', '(status)', 'message', 'reason'].includes(path) ? 0 : 1);
  return diffs.toSorted((a, b) => rank(a) - rank(b));
}

function short(value: unknown): string {
  const text = value === undefined ? '(absent)' : JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}

/** The replayer's options without those that choose scenarios or how many run at once. */
export function scenarioOptions(options: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < options.length; i++) {
    if (['--area', '--scenario', '--parallel', '--json'].includes(options[i] ?? '')) i++;
    else kept.push(options[i] ?? '');
  }
  return kept;
}
