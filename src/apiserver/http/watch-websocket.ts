import { WebSocketServer } from 'ws';
import { badRequest, type Status } from '../../apimachinery/status.ts';
import { bookmarkObject, messageOf, watchFrame } from '../encoding/watch-forms.ts';
import type { WatchSession } from '../handlers/watch-session.ts';
import type { WatchSink } from '../handlers/watch-sink.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Exchange } from './exchange.ts';
import type { OutputForm } from './negotiation.ts';

const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';
/** More may not wait unsent before the watcher is held back. */
const MAX_BUFFERED_BYTES = 4 << 20;
/** Made for the first watch of this kind: most servers see none. */
let known: WebSocketServer | undefined;
const webSocketServer = (): WebSocketServer => (known ??= new WebSocketServer({
  noServer: true,
  // The protocol that carries a token is never echoed; without another one none is chosen.
  handleProtocols: (protocols) => [...protocols].find((protocol) => !protocol.startsWith(TOKEN_PROTOCOL)) ?? false,
}));

/** Sends a watch as one text message an event, for browsers. Throws StatusError 400 for another kind of upgrade. */
export function watchOverWebSocket(exchange: Exchange, session: WatchSession, options: { resource: ServedResource; form: OutputForm }): void {
  const { resource, form } = options;
  if (String(exchange.headers['upgrade']).toLowerCase() !== 'websocket') throw badRequest('unable to upgrade: only websocket is known here');
  const { socket, head, request } = exchange.takeOver();
  webSocketServer().handleUpgrade(request, socket, head, (webSocket) => {
    const controller = new AbortController();
    const send = (frame: Buffer): void => webSocket.send(form.media === 'protobuf' ? frame.subarray(4) : frame.subarray(0, -1), { binary: form.media === 'protobuf' }, () => {
      if (webSocket.bufferedAmount < MAX_BUFFERED_BYTES) session.resume();
    });
    const sink: WatchSink = {
      batch: (batch) => {
        for (const frame of batch.frames) send(frame);
        return webSocket.bufferedAmount < MAX_BUFFERED_BYTES;
      },
      bookmark: (revision, end) => send(watchFrame('BOOKMARK', bookmarkObject(resource, form, revision, end), messageOf(resource, form), form)),
      error: (status: Status) => send(watchFrame('ERROR', status, 'meta.v1.Status', form)),
      end: () => webSocket.close(1000),
      cutOff: () => webSocket.terminate(),
      get unsentBytes() {
        return webSocket.bufferedAmount;
      },
    };
    webSocket.on('close', () => controller.abort(new Error('the client has gone')));
    webSocket.on('error', () => webSocket.terminate());
    session.start(sink, controller.signal);
  });
}
