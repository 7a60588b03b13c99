/** Named formats of strings. Source: apiserver pkg/cel/library/format.go. */
import { isQualifiedName, isLabelValue } from '../../apimachinery/validation/labels.ts';
import { label1035Name, labelName, subdomainName } from '../../apimachinery/validation/names.ts';
import { listOf, opaque, optionalOf, STRING } from '../checker/types.ts';
import { parseTimestamp } from '../runtime/conversions.ts';
import { OpaqueValue, Optional, sizeOf, type Value } from '../runtime/values.ts';
import { member, overload, type Declaration } from './declare.ts';
import { urlProblem } from './urls.ts';

const FORMAT = opaque('kubernetes.NamedFormat');

class FormatValue extends OpaqueValue {
  readonly typeName = 'kubernetes.NamedFormat';
  readonly problems: (text: string) => readonly string[];
  /** How long the expression is that its check is reckoned as. */
  readonly regexSize: number;

  constructor(problems: (text: string) => readonly string[], regexSize: number) {
    super();
    this.problems = problems;
    this.regexSize = regexSize;
  }
}

function matching(holds: (text: string) => boolean, problem: string): (text: string) => readonly string[] {
  return (text) => (holds(text) ? [] : [problem]);
}

function uriProblems(text: string): readonly string[] {
  const problem = urlProblem(text);
  return problem === undefined ? [] : [`parse ${JSON.stringify(text)}: ${problem}`];
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;

const PATTERN_SIZE = 72;
/** Source: apiserver pkg/cel/library/format.go, MaxRegexSize. */
const REGEX_SIZES: Readonly<Record<string, number>> = {
  dns1123Label: 30, dns1123Subdomain: 60, dns1035Label: 30, qualifiedName: 60, dns1123LabelPrefix: 30, dns1123SubdomainPrefix: 60, dns1035LabelPrefix: 30, labelValue: 40, uri: 1000, byte: 88,
};

const FORMATS: ReadonlyMap<string, FormatValue> = new Map(Object.entries({
  dns1123Label: (text: string) => labelName(text, false), dns1123Subdomain: (text: string) => subdomainName(text, false), dns1035Label: (text: string) => label1035Name(text, false),
  qualifiedName: isQualifiedName,
  dns1123LabelPrefix: (text: string) => labelName(text, true), dns1123SubdomainPrefix: (text: string) => subdomainName(text, true), dns1035LabelPrefix: (text: string) => label1035Name(text, true),
  labelValue: isLabelValue,
  uri: uriProblems,
  uuid: matching((text) => UUID.test(text), 'does not match the UUID format'),
  byte: matching((text) => BASE64.test(text), 'invalid base64'),
  date: matching((text) => /^\d{4}-\d\d-\d\d$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== undefined, 'invalid date'),
  datetime: matching((text) => parseTimestamp(text.replace(' ', 'T')) !== undefined, 'invalid datetime'),
}).map(([name, problems]) => [name, new FormatValue(problems, REGEX_SIZES[name] ?? PATTERN_SIZE)]));

function validate(format: FormatValue, text: string): Optional {
  const problems = format.problems(text);
  return problems.length === 0 ? Optional.none : new Optional([...problems]);
}

function validateCost([format, text]: readonly Value[]): number {
  return Math.ceil((1 + sizeOf(text)) * 0.1) * Math.ceil((format as FormatValue).regexSize * 0.25);
}

export const formatLibrary: readonly Declaration[] = [
  ...[...FORMATS].map(([name, format]): Declaration => [`format.${name}`, overload(`format.${name}`, [], FORMAT, () => format)]),
  ['format.named', overload('format-named', [STRING], optionalOf(FORMAT), (name: string) => (FORMATS.has(name) ? new Optional(FORMATS.get(name)) : Optional.none))],
  ['validate', member('format-validate', [FORMAT, STRING], optionalOf(listOf(STRING)), validate, validateCost)],
];
