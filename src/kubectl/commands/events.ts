import { FILE_FLAGS, PRINT_FLAGS, type Command, type CommandContext } from '../command.ts';
import { CommandError } from '../errors.ts';
import { eventAge, eventTimeMs } from '../event-times.ts';
import { flag } from '../flags.ts';
import { type KubeJson, textAt } from '../kube-json.ts';
import { objectPrinter } from '../printers/object-printer.ts';
import { alignRows } from '../printers/table.ts';
import { isAllNamespaces } from '../resources/select.ts';

export const events: Command = {
  name: 'events', usage: '[(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]', summary: 'List events',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS,
    'all-namespaces': flag.bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }),
    watch: flag.bool('After listing the requested events, watch for more events.', { short: 'w' }),
    for: flag.string('Filter events to only those pertaining to the specified resource.'),
    types: flag.list('Output only events of given types.'),
    'no-headers': flag.bool("When using the default output format, don't print headers."),
    'chunk-size': flag.int('Accepted for compatibility.', { default: '500' }),
  },
  run: async (context) => {
    const { connection, flags, io } = context;
    const types = flags.list('types');
    for (const type of types) if (!/^(normal|warning)$/i.test(type)) throw new CommandError('valid --types are Normal or Warning');
    const resource = (await connection.mapper()).resource('events');
    const namespace = isAllNamespaces(context) ? undefined : connection.namespace;
    const fieldSelector = flags.string('for') ? await selectorFor(context, flags.string('for')) : undefined;
    const isWanted = (event: KubeJson): boolean => types.length === 0 || types.some((type) => type.toLowerCase() === textAt(event, 'type').toLowerCase());
    if (flags.bool('watch')) return watchEvents(context, connection.collection(resource, namespace), fieldSelector, isWanted);
    const found = (await connection.list(resource, namespace, { ...(fieldSelector && { fieldSelector }) })).filter(isWanted).sort((a, b) => eventTimeMs(a) - eventTimeMs(b));
    if (found.length === 0) return context.err(namespace === undefined ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`);
    const printer = objectPrinter(context);
    if (printer) return context.out(flags.string('output') === 'name' ? found.map((event) => printer(event, resource)).join('') : printer({ apiVersion: 'v1', kind: 'List', metadata: {}, items: found }));
    return context.out(alignRows([...(flags.bool('no-headers') ? [] : [header(context)]), ...found.map((event) => row(context, event, io.clock.now()))]));
  },
};

async function selectorFor(context: CommandContext, text: string): Promise<string> {
  const [type = '', name = '', more] = text.split('/');
  if (!type || !name || more !== undefined) throw new CommandError('--for must be in resource/name form');
  const resource = await context.connection.lookUp((mapper) => mapper.resource(type));
  return `involvedObject.apiVersion=${resource.group ? `${resource.group}/` : ''}${resource.version},involvedObject.kind=${resource.kind},involvedObject.name=${name}`;
}

const header = (context: CommandContext): string[] => [...(isAllNamespaces(context) ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];

function row(context: CommandContext, event: KubeJson, nowMs: number): string[] {
  const message = textAt(event, 'message').trim();
  return [...(isAllNamespaces(context) ? [event.metadata.namespace ?? ''] : []), eventAge(event, nowMs), textAt(event, 'type'), textAt(event, 'reason'), `${textAt(event, 'involvedObject', 'kind')}/${textAt(event, 'involvedObject', 'name')}`, message];
}

async function watchEvents(context: CommandContext, path: string, fieldSelector: string | undefined, isWanted: (event: KubeJson) => boolean): Promise<void> {
  const { connection, flags, io } = context;
  const printer = objectPrinter(context);
  const list = (await connection.request({ path, query: { fieldSelector, limit: '1' } })) as KubeJson;
  const batches = await connection.watch({ path, query: { fieldSelector, resourceVersion: list.metadata.continue ? '0' : (list.metadata.resourceVersion ?? '0') } });
  if (!printer && !flags.bool('no-headers')) context.out(alignRows([header(context)]));
  for await (const batch of batches) {
    for (const { type, object } of batch) {
      if ((type !== 'ADDED' && type !== 'MODIFIED') || !isWanted(object as KubeJson)) continue;
      context.out(printer ? printer(object as KubeJson) : alignRows([row(context, object as KubeJson, io.clock.now())]));
    }
  }
}
