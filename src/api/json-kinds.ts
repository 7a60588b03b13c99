/** Built-in kinds that hold JSON of a user's, with the message of each: its whole numbers have 64 bits, as in custom resources. Named here, so that nobody has to look through the fields of all kinds. */
export const jsonKinds: ReadonlyMap<string, string> = new Map(Object.entries({
  ControllerRevision: 'apps.v1.ControllerRevision', CustomResourceDefinition: 'apiextensions.v1.CustomResourceDefinition', DeviceClass: 'resource.v1.DeviceClass',
  ResourceClaim: 'resource.v1.ResourceClaim', ResourceClaimTemplate: 'resource.v1.ResourceClaimTemplate',
}));

const messages: ReadonlySet<string | undefined> = new Set([...jsonKinds.values(), undefined]);

/** Whether whole numbers of 64 bits may stand in what is read as `message`; undefined is that of a custom resource. */
export function holdsJson(message: string | undefined): boolean {
  return messages.has(message);
}
