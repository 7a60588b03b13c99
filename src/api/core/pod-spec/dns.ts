/** A pod's own name resolution. Source: kubernetes pkg/apis/core/validation, validatePodDNSConfig and ValidateHostAliases. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { isDns1123Subdomain } from '../../../apimachinery/validation/names.ts';
import { isValidIP } from '../../../apimachinery/validation/ip.ts';
import { addInvalid } from '../../../apimachinery/validation/values.ts';
import type { HostAlias, PodDNSConfig, PodSpec } from '../../generated/core-v1.ts';

const POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;
const MAX_SEARCH = 253;
const SEARCH = /^_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/;
const SEARCH_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";

export function validateDnsPolicy(policy: string | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!policy) errors.required(path);
  else if (!POLICIES.includes(policy)) errors.notSupported(path, policy, POLICIES);
}

export function validateDnsConfig({ dnsPolicy, dnsConfig }: DeepReadonly<PodSpec>, path: FieldPath, errors: FieldErrors): void {
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return errors.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None');
    if ((dnsConfig.nameservers ?? []).length === 0) {
      return errors.required(path.child('nameservers'), 'must provide at least one DNS nameserver when `dnsPolicy` is None');
    }
  }
  if (dnsConfig) validateConfig(dnsConfig, path, errors);
}

function validateConfig({ nameservers = [], searches = [], options = [] }: DeepReadonly<PodDNSConfig>, path: FieldPath, errors: FieldErrors): void {
  const servers = path.child('nameservers');
  if (nameservers.length > MAX_NAMESERVERS) errors.invalid(servers, nameservers, `must not have more than ${MAX_NAMESERVERS} nameservers`);
  nameservers.forEach((address, i) => {
    addInvalid(errors, servers.index(i), address, isValidIP(address));
  });
  const at = path.child('searches');
  if (searches.length > MAX_SEARCHES) errors.invalid(at, searches, `must not have more than ${MAX_SEARCHES} search paths`);
  if (searches.join(' ').length > MAX_SEARCH_CHARACTERS) {
    errors.invalid(at, searches, `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`);
  }
  searches.forEach((search, i) => {
    if (search === '.') return;
    const name = search.endsWith('.') ? search.slice(0, -1) : search;
    if (name.length > MAX_SEARCH) errors.invalid(at.index(i), name, `must be no more than ${MAX_SEARCH} characters`);
    if (!SEARCH.test(name)) errors.invalid(at.index(i), name, SEARCH_TEXT);
  });
  options.forEach(({ name }, i) => {
    if (!name) errors.required(path.child('options').index(i), 'must not be empty');
  });
}

export function validateHostAliases(aliases: DeepReadonly<HostAlias[]> | undefined, path: FieldPath, errors: FieldErrors): void {
  aliases?.forEach(({ ip, hostnames }, i) => {
    addInvalid(errors, path.index(i).child('ip'), ip, isValidIP(ip));
    hostnames?.forEach((name, j) => {
      addInvalid(errors, path.index(i).child('hostnames').index(j), name, isDns1123Subdomain(name));
    });
  });
}
