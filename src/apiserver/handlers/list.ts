import { badRequest, failure, StatusError, type Status } from '../../apimachinery/status.ts';
import { CompactedError, FutureRevisionError } from '../../storage/store.ts';
import type { Answer } from '../answer.ts';
import { type Cacher, tooLargeResourceVersion } from '../cacher/cacher.ts';
import type { Entry } from '../cacher/entry.ts';
import { isSelected, preparedSelected, type Selection, wholeOf } from '../cacher/selection.ts';
import type { OutputForm } from '../http/negotiation.ts';
import { cacheOf, type ServedResource } from '../registry/served-resource.ts';
import type { ApiRequest } from '../request.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import { type ListOptions, listOptions, parseResourceVersion } from './list-options.ts';

export interface Page {
  readonly entries: readonly Entry[];
  readonly revision: number;
  /** How many keys come behind it. */
  readonly remaining: number;
  readonly hasMore: boolean;
}

export async function list(request: ApiRequest, resource: ServedResource, cacher: Cacher, form: OutputForm): Promise<Answer> {
  const options = listOptions(request, resource, false);
  return pageAnswer(await pageOf(cacher, resource, options), { options, resource, form });
}

/** The list of a page, with where it goes on. */
export function pageAnswer(page: Page, { options, resource, form }: { options: ListOptions; resource: ServedResource; form: OutputForm }): Answer {
  const last = page.entries.at(-1);
  const goesOn = page.hasMore && last !== undefined;
  return {
    status: 200, type: 'list', entries: page.entries, revision: page.revision, resource, form,
    ...(goesOn && { continue: encodeContinue({ revision: page.revision, after: last.key.slice(options.selection.prefix.length) }) }),
    ...(goesOn && !options.hasSelector && { remaining: page.remaining }),
  };
}

/** What a list gives, and which state it is of. Source: "Semantics for get and list" in the API concepts. */
export async function pageOf(cacher: Cacher, resource: ServedResource, options: ListOptions): Promise<Page> {
  const { selection, limit } = options;
  if (options.continue !== '') return continued(cacher, resource, options);
  const asked = parseResourceVersion(options.resourceVersion);
  // One object has no pages: a limit says nothing of its state.
  const isExact = options.resourceVersionMatch === 'Exact' || (options.resourceVersionMatch === '' && limit > 0 && asked > 0 && selection.key === undefined);
  if (isExact) {
    await cacher.waitForAsked(asked);
    return pageAt(cacher, resource, { selection, limit, after: '', revision: asked });
  }
  if (asked > cacher.revision) await cacher.waitForAsked(asked);
  else if (options.resourceVersion === '') await cacher.caughtUp();
  const isAny = options.resourceVersion === '0';
  return currentPage(cacher, resource, { selection, limit: isAny ? 0 : limit, after: '', isIndexed: selection.trigger?.field === 'spec.nodeName' });
}

function currentPage(cacher: Cacher, resource: ServedResource, wanted: { selection: Selection; limit: number; after: string; isIndexed?: boolean }): Page | Promise<Page> {
  const cache = cacheOf(cacher, resource);
  const { selection, limit, after, isIndexed = false } = wanted;
  if (selection.prepare) return preparedPage(cacher, resource, wanted);
  if (limit <= 0 && after === '') return { entries: cache.list(selection), revision: cacher.revision, remaining: 0, hasMore: false };
  return { ...cache.page(selection, { after, limit: limit <= 0 ? Infinity : limit, isIndexed }), revision: cacher.revision };
}

/** The newest state of what is selected only once a webhook has converted it. */
async function preparedPage(cacher: Cacher, resource: ServedResource, wanted: { selection: Selection; limit: number; after: string }): Promise<Page> {
  const { selection, after } = wanted;
  const { revision } = cacher;
  const entries = cacheOf(cacher, resource).list(wholeOf(selection)).filter(({ key }) => key > after);
  const found = await preparedSelected(selection, entries);
  return { ...pageFrom(entries, wanted, (entry) => found.has(entry)), revision, remaining: 0 };
}

/** It goes on where anything is left to be looked at, selected or not; one object alone has no pages. */
function pageFrom(found: readonly Entry[], { selection, limit, after }: { selection: Selection; limit: number; after: string }, isWanted: (entry: Entry) => boolean): { entries: readonly Entry[]; hasMore: boolean } {
  if (limit <= 0 || (selection.key !== undefined && after === '')) return { entries: found.filter(isWanted), hasMore: false };
  const entries: Entry[] = [];
  for (const [i, entry] of found.entries()) {
    if (isWanted(entry) && entries.push(entry) === limit) return { entries, hasMore: i < found.length - 1 };
  }
  return { entries, hasMore: false };
}

async function continued(cacher: Cacher, resource: ServedResource, options: ListOptions): Promise<Page> {
  const token = decodeContinue(options.continue);
  if (options.resourceVersion !== '' && options.resourceVersion !== '0') throw badRequest('specifying resource version is not allowed when using continue');
  const { selection, limit } = options;
  const after = selection.prefix + token.after;
  await cacher.caughtUp();
  if (token.revision === undefined) return currentPage(cacher, resource, { selection, limit, after });
  if (token.revision > cacher.revision) throw tooLargeResourceVersion(token.revision, cacher.revision);
  try {
    return await pageAt(cacher, resource, { selection, limit, after, revision: token.revision });
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'Expired') throw expiredToken(error.status, token.after);
    throw error;
  }
}

/** The 410 of a token tells a new one, with which a client may go on, of the newest state. */
function expiredToken(status: Status, after: string): StatusError {
  return new StatusError({ ...status, metadata: { ...status.metadata, continue: encodeContinue({ revision: undefined, after }) } });
}

async function pageAt(cacher: Cacher, resource: ServedResource, wanted: { selection: Selection; limit: number; after: string; revision: number }): Promise<Page> {
  const { selection, limit, after, revision } = wanted;
  const cache = cacheOf(cacher, resource);
  // What was compacted is gone also where the newest state would do: clients count on it (the suite waits for a token to grow too old).
  if (cache.lastRevision <= revision && cache.lastRevision > 0 && revision >= cacher.compacted) return { ...(await currentPage(cacher, resource, wanted)), revision };
  try {
    const isPaged = limit > 0 && selection.matches === undefined;
    const { entries, remaining } = await cacher.rangeAt({
      prefix: (after === '' ? selection.key : undefined) ?? selection.prefix, revision, ...(after !== '' && { after }), ...(isPaged && { limit }),
    });
    if (isPaged || selection.matches === undefined) return { entries, revision, remaining, hasMore: remaining > 0 };
    const found = selection.prepare && (await preparedSelected(selection, entries));
    return { ...pageFrom(entries, wanted, (entry) => found?.has(entry) ?? isSelected(selection, entry)), revision, remaining: 0 };
  } catch (error) {
    if (error instanceof FutureRevisionError) throw tooLargeResourceVersion(revision, cacher.revision);
    if (error instanceof CompactedError) throw tooOld(after !== '', error);
    throw error;
  }
}

function tooOld(isContinued: boolean, cause: CompactedError): StatusError {
  const message = isContinued
    ? 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'
    : 'The resourceVersion for the provided list is too old.';
  return failure(410, 'Expired', message, undefined, { cause });
}
