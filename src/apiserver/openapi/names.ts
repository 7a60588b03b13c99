/** How operations, tags and definitions are named. Source: apiserver pkg/endpoints/openapi. */

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function segments(group: string): string[] {
  if (group === '') return ['core'];
  return (group.endsWith('.k8s.io') ? group.slice(0, -'.k8s.io'.length) : group).split('.');
}

/** `AppsV1`, `RbacAuthorizationV1`: the middle of operation ids. */
export function groupVersionId(group: string, version: string): string {
  return groupId(group) + capitalized(version);
}

export function groupId(group: string): string {
  return segments(group).map((part) => part.split('-').map(capitalized).join('')).join('');
}

/** `apps_v1`, `rbacAuthorization_v1` */
export function tagOf(group: string, version: string): string {
  return `${groupTag(group)}_${version}`;
}

export function groupTag(group: string): string {
  const id = groupId(group);
  return id.charAt(0).toLowerCase() + id.slice(1);
}

/** `/api/v1`, `/apis/apps/v1` */
export function basePath(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The definition of a custom kind: its group's labels in reverse, as if it were a Java package. */
export function customDefinitionName(group: string, version: string, kind: string): string {
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}
