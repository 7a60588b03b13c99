/** Addresses as Kubernetes' server reads them: far less is refused than by browsers. Source: Go, net/url. */

export interface GoUrl {
  readonly scheme: string;
  /** `name[:password]`; undefined for none. */
  readonly user: string | undefined;
  readonly host: string;
  readonly query: string;
  readonly fragment: string;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Empty for a text that begins with none; undefined for one that begins with a colon. */
function schemeOf(text: string): string | undefined {
  if (text.startsWith(':')) return undefined;
  return /^([a-zA-Z][a-zA-Z0-9+\-.]*):/.exec(text)?.[1]?.toLowerCase() ?? '';
}

function escapeFault(text: string): string | undefined {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(text)?.[0];
  return bad === undefined ? undefined : `invalid URL escape ${quoted(bad)}`;
}

function hostFault(host: string): string | undefined {
  const end = host.lastIndexOf(']');
  if (host.startsWith('[') && end < 0) return "missing ']' in host";
  const port = host.startsWith('[') ? host.slice(end + 1) : host.slice(host.lastIndexOf(':') < 0 ? host.length : host.lastIndexOf(':'));
  if (!/^(:\d*)?$/.test(port)) return `invalid port ${quoted(port)} after host`;
  const odd = /[\s<>"\\^`{|}]/.exec(host)?.[0];
  return odd === undefined ? escapeFault(host) : `invalid character ${quoted(odd)} in host name`;
}

function cut(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** The parts, or what is wrong in words: `parse "x": missing protocol scheme`. */
export function parseGoUrl(raw: string): GoUrl | string {
  const fault = (text: string): string => `parse ${quoted(raw)}: ${text}`;
  const [whole, fragment] = cut(raw, '#');
  // eslint-disable-next-line no-control-regex -- exactly these are refused
  if (/[\u0000-\u001f\u007f]/.test(whole)) return fault('net/url: invalid control character in URL');
  const scheme = schemeOf(whole);
  if (scheme === undefined) return fault('missing protocol scheme');
  const [rest, query] = cut(scheme === '' ? whole : whole.slice(scheme.length + 1), '?');
  const nothing = { scheme, user: undefined, host: '', query, fragment };
  if (!rest.startsWith('/')) {
    if (scheme === '' && rest.split('/', 1)[0]?.includes(':')) return fault('first path segment in URL cannot contain colon');
    const bad = scheme === '' ? escapeFault(rest) : undefined;
    return bad === undefined ? nothing : fault(bad);
  }
  if (!rest.startsWith('//') || (scheme === '' && rest.startsWith('///'))) return nothing;
  const slash = rest.indexOf('/', 2);
  const authority = rest.slice(2, slash < 0 ? undefined : slash);
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : authority.slice(0, at);
  if (user !== undefined && !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) return fault('net/url: invalid userinfo');
  const host = authority.slice(at + 1);
  const bad = hostFault(host) ?? escapeFault(slash < 0 ? '' : rest.slice(slash));
  return bad === undefined ? { ...nothing, user, host } : fault(bad);
}
