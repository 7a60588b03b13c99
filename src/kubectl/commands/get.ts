import { text } from 'node:stream/consumers';
import { parseLabelSelector } from '../../apimachinery/selectors/label-selector.ts';
import type { WatchEvent } from '../../client/transport.ts';
import { FILE_FLAGS, PRINT_FLAGS, SELECTOR_FLAG, type Command, type CommandContext } from '../command.ts';
import { CommandError, ManyErrors, oneOf } from '../errors.ts';
import { flag } from '../flags.ts';
import type { KubeJson } from '../kube-json.ts';
import { customColumnCells, customColumnsOf, customColumnsText } from '../printers/custom-columns.ts';
import { formatOf, type ObjectPrinter, objectPrinter, sortKeys } from '../printers/object-printer.ts';
import { sortObjects } from '../printers/sort-by.ts';
import { rawTarget } from '../raw.ts';
import { alignRows, isTable, TABLE_ACCEPT, tableHeader, tableOfObjects, type TableOptions, tableRow, type Table } from '../printers/table.ts';
import { groupVersion, kindLabel, qualifiedName } from '../resources/rest-mapper.ts';
import { fetchTarget, infosOfFiles, isAllNamespaces, selectorsOf, type Target, targetsOf, withSelectors } from '../resources/select.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

export const get: Command = {
  name: 'get',
  usage: '(TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]',
  summary: 'Display one or many resources',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...SELECTOR_FLAG,
    'field-selector': flag.string('Selector (field query) to filter on.'),
    'all-namespaces': flag.bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }),
    watch: flag.bool('After listing/getting the requested object, watch for changes.', { short: 'w' }),
    'watch-only': flag.bool('Watch for changes to the requested object(s), without listing/getting first.'),
    'output-watch-events': flag.bool('Output watch event objects when --watch or --watch-only is used.'),
    'ignore-not-found': flag.bool('If set to true, suppresses NotFound error for specific objects that do not exist.'),
    'no-headers': flag.bool("When using the default or custom-column output format, don't print headers."),
    'show-labels': flag.bool('When printing, show all labels as the last column.'),
    'show-kind': flag.bool('If present, list the resource type for the requested object(s).'),
    'label-columns': flag.list('Labels that are going to be presented as columns.', { short: 'L' }),
    'sort-by': flag.string('If non-empty, sort list types using this field specification.'),
    'chunk-size': flag.int('Return large lists in chunks rather than all at once.', { default: '500' }),
    'server-print': flag.bool('If true, have the server return the appropriate table output.', { default: 'true' }),
    subresource: flag.string('If specified, gets the subresource of the requested object.'),
    raw: flag.string('Raw URI to request from the server.'),
  },
  run: async (context) => {
    const { flags } = context;
    if (flags.string('raw') !== '') {
      if (flags.string('output') !== '') throw new CommandError('--raw and --output are mutually exclusive');
      return printRaw(context);
    }
    if (flags.bool('output-watch-events') && !flags.bool('watch') && !flags.bool('watch-only')) throw new CommandError('--output-watch-events option can only be used with --watch or --watch-only');
    const failures: unknown[] = [];
    const targets = await targetsToGet(context, failures);
    if (targets.length === 0 && failures.length > 0) throw oneOf(failures);
    if (flags.bool('watch') || flags.bool('watch-only')) return watchTargets(context, targets);
    await printTargets(context, targets).catch((error: unknown) => void failures.push(error));
    if (failures.length > 0) throw oneOf(failures);
  },
};

function printTargets(context: CommandContext, targets: readonly Target[]): Promise<void> {
  const { flags } = context;
  const output = flags.string('output');
  if (/^custom-columns(-file)?(=|$)/.test(output)) return printCustomColumns(context, targets);
  const isTableOutput = (output === '' && flags.string('template') === '') || output === 'wide';
  return isTableOutput ? printTables(context, targets) : printObjects(context, targets);
}

async function printRaw(context: CommandContext): Promise<void> {
  const raw = context.flags.string('raw');
  if (context.args.length > 0) throw new CommandError('arguments may not be passed when --raw is specified');
  const { path, query } = rawTarget(raw, context.connection.options.server);
  context.out(await text(await context.connection.stream({ path, query })));
}

/** What is asked for; objects of files that can not be, are told to `failures`. */
async function targetsToGet(context: CommandContext, failures: unknown[]): Promise<Target[]> {
  const { args, connection, flags } = context;
  if (flags.list('filename').length > 0 || flags.string('kustomize') !== '') {
    if (args.length > 0) throw new CommandError('when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well');
    const selector = flags.string('selector') === '' ? undefined : parseLabelSelector(flags.string('selector'));
    const infos = (await infosOfFiles(context, failures)).filter(({ object }) => !selector || selector.matches(object.metadata.labels));
    return infos.map(({ resource, namespace, name }) => ({ resource, namespace, name }));
  }
  if (args.length === 0) {
    throw new CommandError(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n' +
        'error: Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\n' +
        "See 'kubectl get -h' for help and examples",
      { isBare: true },
    );
  }
  const targets = await connection.lookUp((mapper) => targetsOf(mapper, args, isAllNamespaces(context) ? undefined : connection.namespace));
  const isNamed = targets.some((target) => target.name !== undefined);
  if (isNamed && isAllNamespaces(context)) throw new CommandError('a resource cannot be retrieved by name across all namespaces');
  const { labelSelector, fieldSelector } = selectorsOf(context);
  if (isNamed && (labelSelector !== undefined || fieldSelector !== undefined)) throw new CommandError('name cannot be provided when a selector is specified');
  if (flags.string('subresource') !== '' && !isNamed) throw new CommandError('subresource cannot be used when bulk resources are specified');
  return targets;
}

/** Gathers failures; those of missing objects are dropped when asked to. */
class Failures {
  readonly #errors: unknown[] = [];
  readonly #context: CommandContext;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  get count(): number {
    return this.#errors.length;
  }

  async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#context.io.signal.throwIfAborted();
      const isMissing = (error as { reason?: string }).reason === 'NotFound';
      if (!(isMissing && this.#context.flags.bool('ignore-not-found'))) this.#errors.push(error);
    }
  }

  throwAny(): void {
    if (this.#errors.length > 0) throw this.#errors.length === 1 ? this.#errors[0] : new ManyErrors(this.#errors);
  }
}

interface Block {
  readonly target: Target;
  readonly table: Table;
  readonly rows: NonNullable<Table['rows']>;
}

async function fetchTables(context: CommandContext, target: Target): Promise<Block> {
  const { connection, flags, io } = context;
  const { resource } = target;
  const headers = { accept: flags.bool('server-print') ? TABLE_ACCEPT : 'application/json' };
  const includeObject = flags.string('sort-by') === '' ? undefined : 'Object';
  const toTable = (body: unknown): Table => (isTable(body) ? body : tableOfObjects((body as { items?: KubeJson[] }).items ?? [body as KubeJson], io.clock.now()));
  if (target.name !== undefined) {
    const subresource = flags.string('subresource') || undefined;
    const table = toTable(await connection.request({ path: connection.path(resource, target.namespace, target.name, subresource), query: { includeObject }, headers }));
    return { target, table, rows: table.rows ?? [] };
  }
  const rows: NonNullable<Table['rows']>[number][] = [];
  const limit = flags.int('chunk-size') > 0 ? String(flags.int('chunk-size')) : undefined;
  for (let next: string | undefined; ; ) {
    const listed = connection.request({ path: connection.collection(resource, target.namespace), query: { ...selectorsOf(context), includeObject, limit, continue: next }, headers });
    const table = toTable(await listed.catch((error: unknown) => {
      throw withSelectors(error, resource, selectorsOf(context));
    }));
    for (const row of table.rows ?? []) rows.push(row);
    next = table.metadata?.continue;
    if (!next) return { target, table, rows };
  }
}

function tableOptions(context: CommandContext, target: Target, isOneOfMany: boolean): TableOptions {
  const { flags } = context;
  const { resource } = target;
  const prefix = kindLabel(resource);
  return {
    wide: flags.string('output') === 'wide',
    withNamespace: isAllNamespaces(context) && resource.namespaced,
    showLabels: flags.bool('show-labels'),
    labelColumns: flags.list('label-columns'),
    namePrefix: isOneOfMany || flags.bool('show-kind') ? `${prefix}/` : '',
  };
}

/** Neighbouring results of one resource share a header; another resource begins after an empty line. */
async function printTables(context: CommandContext, targets: readonly Target[]): Promise<void> {
  const failures = new Failures(context);
  const blocks: Block[] = [];
  for (const target of targets) await failures.guard(async () => void blocks.push(await fetchTables(context, target)));
  const filled = blocks.filter((block) => block.rows.length > 0);
  const isMany = new Set(blocks.map(({ target }) => qualifiedName(target.resource))).size > 1;
  let output = '';
  for (let i = 0; i < filled.length; ) {
    const first = filled[i];
    if (!first) break;
    const group = qualifiedName(first.target.resource);
    const options = tableOptions(context, first.target, isMany);
    let rows: { block: Block; row: Block['rows'][number] }[] = [];
    for (; i < filled.length && qualifiedName(filled[i]?.target.resource ?? first.target.resource) === group; i++) {
      const block = filled[i];
      if (block) rows.push(...block.rows.map((row) => ({ block, row })));
    }
    const sortBy = context.flags.string('sort-by');
    if (sortBy !== '') rows = sortObjects(rows, ({ row }) => row.object, sortBy);
    const lines = rows.map(({ block, row }) => tableRow(block.table, row, options));
    if (!context.flags.bool('no-headers')) lines.unshift(tableHeader(first.table, options));
    output += (output === '' || context.flags.bool('no-headers') ? '' : '\n') + alignRows(lines);
  }
  context.out(output);
  failures.throwAny();
  if (filled.length === 0 && !context.flags.bool('ignore-not-found') && failures.count === 0) {
    const isNamespaced = targets.every((target) => target.resource.namespaced) && !isAllNamespaces(context);
    context.err(isNamespaced ? `No resources found in ${context.connection.namespace} namespace.\n` : 'No resources found\n');
  }
}

async function fetchObjects(context: CommandContext, targets: readonly Target[], failures: Failures): Promise<KubeJson[]> {
  const objects: KubeJson[] = [];
  const { connection, flags } = context;
  for (const target of targets) {
    await failures.guard(async () => {
      const subresource = flags.string('subresource');
      if (target.name !== undefined && subresource !== '') objects.push(await connection.get(target.resource, target.namespace, target.name, subresource));
      else objects.push(...(await fetchTarget(context, target)).map((info) => info.object));
    });
  }
  const sortBy = context.flags.string('sort-by');
  return sortBy === '' ? objects : sortObjects(objects, (object) => object, sortBy);
}

async function printObjects(context: CommandContext, targets: readonly Target[]): Promise<void> {
  const failures = new Failures(context);
  const objects = await fetchObjects(context, targets, failures);
  const printer = objectPrinter(context, { more: ['custom-columns', 'custom-columns-file', 'wide'] });
  if (!printer) return;
  const isOne = targets.length === 1 && targets[0]?.name !== undefined;
  if (context.flags.string('output') === 'name') {
    const mapper = await context.connection.mapper();
    for (const object of objects) context.out(printer(object, mapper.forKind(object.apiVersion ?? '', object.kind ?? '')));
  } else if (isOne) {
    const [object] = objects;
    if (object) context.out(printer(object));
  } else if (objects.length > 0 || targets.some((target) => target.name === undefined) || (failures.count === 0 && !context.flags.bool('ignore-not-found'))) {
    context.out(printer({ apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: objects }));
  }
  failures.throwAny();
}

async function printCustomColumns(context: CommandContext, targets: readonly Target[]): Promise<void> {
  const columns = customColumnsOf(context.flags.string('output'));
  const failures = new Failures(context);
  const objects = await fetchObjects(context, targets, failures);
  const isOfFile = context.flags.string('output').startsWith('custom-columns-file'); // --no-headers is not for it
  const hasHeaders = isOfFile || !context.flags.bool('no-headers');
  if (objects.length > 0 || failures.count === 0) printColumns(context, columns, objects, hasHeaders);
  failures.throwAny();
}

/** A path that leads out of a list fails once the headers are printed. */
function printColumns(context: CommandContext, columns: ReturnType<typeof customColumnsOf>, objects: readonly KubeJson[], hasHeaders: boolean): void {
  try {
    context.out(customColumnsText(columns, objects, hasHeaders));
  } catch (error) {
    context.out(customColumnsText(columns, [], hasHeaders));
    throw error;
  }
}

async function watchTargets(context: CommandContext, targets: readonly Target[]): Promise<void> {
  const { connection, flags } = context;
  const [target] = targets;
  const kinds = new Set(targets.map(({ resource }) => qualifiedName(resource)));
  if (targets.length > 1 && kinds.size === 1 && targets.every(({ name }) => name !== undefined)) {
    await printTables(context, targets);
    throw new CommandError('you may only watch a single resource or type of resource at a time');
  }
  if (targets.length !== 1 || !target) throw new CommandError('you may only specify a single resource type');
  if (flags.string('sort-by') !== '') context.err('warning: --watch requested, --sort-by will be ignored for watch events received\n');
  const print = watchPrinter(context, target);
  const headers: Record<string, string> = print.isOfObjects ? {} : { accept: TABLE_ACCEPT };
  const named = target.name === undefined ? {} : { fieldSelector: `metadata.name=${target.name}` };
  const query = { ...selectorsOf(context), ...named };
  const list = (await connection.request({ path: connection.collection(target.resource, target.namespace), query, headers })) as Table & { items?: KubeJson[]; metadata: { resourceVersion?: string } };
  if (!flags.bool('watch-only')) {
    if (target.name !== undefined && (list.rows ?? list.items ?? []).length === 0) await connection.get(target.resource, target.namespace, target.name);
    if (print.isOfObjects) for (const item of list.items ?? []) print.event('ADDED', { apiVersion: groupVersion(target.resource), kind: target.resource.kind, ...item });
    else if ((list.rows ?? []).length > 0) print.event('ADDED', list);
  }
  const events = await connection.watch({ path: connection.collection(target.resource, target.namespace), query: { ...query, resourceVersion: list.metadata.resourceVersion }, headers });
  for await (const batch of events as AsyncIterable<readonly WatchEvent[]>) for (const event of batch) if (event.type !== 'BOOKMARK' && event.type !== 'ERROR') print.event(event.type, event.object);
}

interface WatchPrinter {
  /** Whether it takes objects, not tables. */
  readonly isOfObjects: boolean;
  readonly event: (type: string, value: unknown) => void;
}

function watchPrinter(context: CommandContext, target: Target): WatchPrinter {
  const { flags } = context;
  const output = flags.string('output');
  const showsEvents = flags.bool('output-watch-events');
  const widths: number[] = [];
  let isFirst = true;
  const header = (cells: () => readonly string[]): string[][] => {
    const wasFirst = isFirst;
    isFirst = false;
    return wasFirst && !flags.bool('no-headers') ? [[...(showsEvents ? ['EVENT'] : []), ...cells()]] : [];
  };
  const row = (type: string, cells: readonly string[]): string[] => [...(showsEvents ? [type] : []), ...cells];
  if (/^custom-columns(-file)?(=|$)/.test(output)) {
    const columns = customColumnsOf(output);
    return { isOfObjects: true, event: (type, value) => context.out(rememberedAlign([...header(() => columns.map((column) => column.header)), row(type, customColumnCells(columns, value as KubeJson))], widths)) };
  }
  const printer = (output === '' && flags.string('template') === '') || output === 'wide' ? undefined : objectPrinter(context);
  if (printer) return { isOfObjects: true, event: (type, value) => context.out(showsEvents ? eventText(printer, output, type, value as KubeJson, target) : printer(value as KubeJson, target.resource)) };
  const options = tableOptions(context, target, false);
  let definitions: Table | undefined;
  return {
    isOfObjects: false,
    event: (type, value) => {
      const table = value as Table;
      const columns = (definitions ??= table);
      context.out(rememberedAlign([...header(() => tableHeader(columns, options)), ...(table.rows ?? []).map((one) => row(type, tableRow(columns, one, options)))], widths));
    },
  };
}

/** An event as a whole: in JSON on one line; by name it is its object. */
function eventText(printer: ObjectPrinter, output: string, type: string, object: KubeJson, target: Target): string {
  if (formatOf(output) === 'json') return `${stringifyWhole({ type, object: sortKeys(object) })}\n`;
  return formatOf(output) === 'name' ? printer(object, target.resource) : printer({ type, object } as unknown as KubeJson);
}

/** Columns keep the widths of what was printed before. */
function rememberedAlign(lines: readonly (readonly string[])[], widths: number[]): string {
  for (const cells of lines) cells.slice(0, -1).forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 6, cell.length + 3)));
  return lines.map((cells) => `${cells.map((cell, index) => (index < cells.length - 1 ? cell.padEnd(widths[index] ?? 0) : cell)).join('')}\n`).join('');
}
