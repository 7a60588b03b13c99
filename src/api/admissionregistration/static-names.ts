const SUFFIX = '.static.k8s.io';

/** What a client is told of a name that is meant for configurations out of files. Source: pkg/apis/admissionregistration/validation, WarningsForStaticSuffix. */
export function staticNameWarnings({ metadata }: { readonly metadata: { readonly name?: string } }): string[] {
  return metadata.name?.endsWith(SUFFIX) ? [`metadata.name: names ending with "${SUFFIX}" are reserved for static manifest-based configurations and cannot be managed via the API`] : [];
}
