import type { Status } from '../../apimachinery/status.ts';
import { bookmarkObject, messageOf, watchFrame } from '../encoding/watch-forms.ts';
import type { WatchSession } from '../handlers/watch-session.ts';
import type { WatchSink } from '../handlers/watch-sink.ts';
import type { WatchTally } from '../metrics/watch-metrics.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Exchange, OutgoingHeaders } from './exchange.ts';
import { MEDIA_TYPES, type OutputForm } from './negotiation.ts';

/** More may not wait unsent in a connection before the watcher is held back. */
const MAX_BUFFERED_BYTES = 256 * 1024;

/** Sends a watch as a stream of frames. */
export function writeWatch(exchange: Exchange, session: WatchSession, options: { resource: ServedResource; form: OutputForm; headers: OutgoingHeaders; tally: WatchTally }): void {
  const { resource, form, headers, tally } = options;
  headers['content-type'] = form.media === 'protobuf' ? `${MEDIA_TYPES.protobuf};stream=watch` : MEDIA_TYPES.json;
  const writer = exchange.open(200, headers);
  writer.onDrain(() => session.resume());
  const sink: WatchSink = {
    batch: (batch) => {
      tally.events += batch.size;
      return writer.write(batch.bytes) || writer.buffered < MAX_BUFFERED_BYTES;
    },
    bookmark: (revision, initialEventsEnd) => {
      writer.write(watchFrame('BOOKMARK', bookmarkObject(resource, form, revision, initialEventsEnd), messageOf(resource, form), form));
    },
    error: (status: Status) => void writer.write(watchFrame('ERROR', status, 'meta.v1.Status', form)),
    end: () => writer.end(),
    cutOff: () => exchange.destroy(),
    get unsentBytes() {
      return writer.buffered;
    },
  };
  session.start(sink, exchange.signal);
}
