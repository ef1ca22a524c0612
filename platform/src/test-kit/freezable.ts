import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a TCP server that can freeze: connections stay open, and what is said waits until it thaws. */
export interface Freezable {
  /** The server's address, by way of this. */
  readonly url: string;
  /** Nothing comes through any more, either way. */
  freeze(): void;
  /** What the server is told comes through, and its answers do not. */
  holdAnswers(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** @param address of the server. */
export async function freezable(address: string): Promise<Freezable> {
  const target = new URL(address);
  const sockets = { fromClients: new Set<Socket>(), fromServer: new Set<Socket>() };
  const isHeld = { fromClients: false, fromServer: false };
  const keep = (side: keyof typeof sockets, socket: Socket, other: Socket) => {
    sockets[side].add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets[side].delete(socket);
      other.destroy();
    });
    if (isHeld[side]) socket.pause();
  };
  const hold = (side: keyof typeof sockets, held: boolean) => {
    isHeld[side] = held;
    for (const socket of sockets[side]) held ? socket.pause() : socket.resume();
  };
  const server = createServer((incoming) => {
    const outgoing = connect(Number(target.port), target.hostname);
    incoming.pipe(outgoing).pipe(incoming);
    keep('fromClients', incoming, outgoing);
    keep('fromServer', outgoing, incoming);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    freeze() {
      hold('fromClients', true);
      hold('fromServer', true);
    },
    holdAnswers: () => hold('fromServer', true),
    thaw() {
      hold('fromClients', false);
      hold('fromServer', false);
    },
    async close() {
      for (const socket of [...sockets.fromClients, ...sockets.fromServer]) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
