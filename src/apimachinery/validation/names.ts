/** The rules for names, with Kubernetes' texts. Source: "Object Names and IDs"; apimachinery pkg/util/validation and pkg/api/validation. */

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/** Most rules count in characters by their text; those of labels (labels.ts) say bytes. */
export function tooLongText(max: number): string {
  return `must be no more than ${max} characters`;
}

function check(value: string, pattern: RegExp, text: string, maxLength: number): string[] {
  const messages: string[] = [];
  if (value.length > maxLength) messages.push(tooLongText(maxLength));
  if (!pattern.test(value)) messages.push(text);
  return messages;
}

export function isDns1123Subdomain(value: string): string[] {
  return check(value, SUBDOMAIN, SUBDOMAIN_TEXT, 253);
}

/** A subdomain where a label is due has one fault only, and the message names it. */
export function isDns1123Label(value: string): string[] {
  if (value.length <= 63 && LABEL.test(value)) return [];
  return check(value, LABEL, SUBDOMAIN.test(value) ? 'must not contain dots' : LABEL_TEXT, 63);
}

export function isDns1035Label(value: string): string[] {
  return check(value, LABEL_1035, LABEL_1035_TEXT, 63);
}

/** A generateName may end in a dash: random letters follow it. */
function forPrefix(name: string, prefix: boolean): string {
  return prefix && name.endsWith('-') ? `${name.slice(0, -1)}a` : name;
}

/** Checks a metadata.name or generateName; gives what is wrong with it. */
export type NameRule = (name: string, prefix: boolean) => string[];

export const subdomainName: NameRule = (name, prefix) => isDns1123Subdomain(forPrefix(name, prefix));
export const labelName: NameRule = (name, prefix) => isDns1123Label(forPrefix(name, prefix));
export const label1035Name: NameRule = (name, prefix) => isDns1035Label(forPrefix(name, prefix));

/** Names that need only be one segment of a path (roles, bindings). */
export const pathSegmentName: NameRule = (name, prefix) => {
  const messages: string[] = [];
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  for (const illegal of ['/', '%']) if (name.includes(illegal)) messages.push(`may not contain '${illegal}'`);
  return messages;
};

const WILDCARD_TEXT =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** A subdomain whose first label is `*`. */
export function isWildcardDns1123Subdomain(value: string): string[] {
  const messages: string[] = [];
  if (value.length > 253) messages.push(tooLongText(253));
  if (!value.startsWith('*.') || !SUBDOMAIN.test(value.slice(2))) messages.push(WILDCARD_TEXT);
  return messages;
}
