/**
 * A short name for a pod template: equal templates, equal hashes. Ends the names of ReplicaSets and ControllerRevisions; `collisions` is the
 * owner's collisionCount, which makes another hash when two templates met in one. Source: Deployment, "pod-template-hash label".
 */
export function revisionHash(template: unknown, collisions = 0): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(canonical(template))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  for (let rest = collisions; rest > 0; rest >>>= 8) hash = Math.imul(hash ^ (rest & 0xff), 0x01000193) >>> 0;
  return safeLetters(String(hash));
}

/** JSON with sorted keys, so that the order in which a client wrote them does not matter. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** Replaces each character by one of those that form no words. */
function safeLetters(text: string): string {
  return text.replace(/./g, (char) => LETTERS[char.charCodeAt(0) % LETTERS.length] ?? '');
}
