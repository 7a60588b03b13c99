/** In which order the rules of a kind tell what is wrong with an update. Source: kubernetes pkg/registry, ValidateUpdate of the kinds' strategies. */
import type { UpdateRule } from './kind.ts';

/** The new object is judged as one that is created, then by what has changed. */
export const anewThenChanges: readonly UpdateRule[] = ['metadata', 'validate', 'metadataUpdate', 'validateUpdate'];
export const changesThenAnew: readonly UpdateRule[] = ['metadataUpdate', 'validateUpdate', 'metadata', 'validate'];
/** As one that is created, and nothing of its metadata may have changed that upstream had not looked at before. */
export const anew: readonly UpdateRule[] = ['metadata', 'validate', 'validateUpdate'];
/** Its metadata is looked at for changes alone. */
export const changesAndSpec: readonly UpdateRule[] = ['metadataUpdate', 'validate', 'validateUpdate'];
/** What upstream's rules for updates do again, after those for new objects. */
export const specTwice: readonly UpdateRule[] = ['metadata', 'validate', 'metadataUpdate', 'validate', 'validateUpdate'];
export const anewTwice: readonly UpdateRule[] = ['metadata', 'validate', 'metadata', 'validate', 'validateUpdate'];
