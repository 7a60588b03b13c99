import type { ListContent } from '../answer.ts';

export function listMetadata(content: Pick<ListContent, 'revision' | 'continue' | 'remaining' | 'resource' | 'form'>): Record<string, unknown> {
  // Lists of custom resources tell also that they do not go on.
  const tellsEnd = content.resource.version.custom !== undefined && !content.form.as;
  return {
    // What is not stored has no version.
    ...(content.revision > 0 && { resourceVersion: String(content.revision) }), ...(content.continue !== undefined ? { continue: content.continue } : tellsEnd ? { continue: '' } : {}),
    ...(content.remaining !== undefined && content.remaining > 0 && { remainingItemCount: content.remaining }),
  };
}
