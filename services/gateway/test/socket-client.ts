import { once } from 'node:events';
import { type SocketMessage, socketMessage } from '@undertone/contracts/live/socket';
import WebSocket, { type ClientOptions } from 'ws';

export interface SocketClient {
  readonly socket: WebSocket;
  /** As JSON; a text as it is. */
  say(message: object | string): void;
  /** The next message, held against the contracts; those of one task come in order. */
  next(): Promise<SocketMessage>;
  /** Resolves with the code that the connection ended with. */
  readonly closed: Promise<number>;
}

/** A connection to `/ws`. @throws where it is refused, with the status in the message. */
export async function connected(
  url: string,
  options: ClientOptions = {},
  protocols: string[] = [],
): Promise<SocketClient> {
  const socket = new WebSocket(new URL('/ws', url.replace('http', 'ws')), protocols, options);
  const messages: SocketMessage[] = [];
  let wake = () => {};
  socket.on('message', (data) => {
    messages.push(socketMessage.parse(JSON.parse(String(data))));
    wake();
  });
  const closed = once(socket, 'close').then(([code]) => {
    wake();
    return code as number;
  });
  closed.catch(() => undefined);
  await once(socket, 'open');
  return {
    socket,
    closed,
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async next() {
      for (;;) {
        const message = messages.shift();
        if (message) return message;
        if (socket.readyState === WebSocket.CLOSED) throw new Error('the connection has ended');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
