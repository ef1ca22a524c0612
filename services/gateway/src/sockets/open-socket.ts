import type { WebSocket } from '@fastify/websocket';
import type { SocketMessage } from '@undertone/contracts/live/socket';

/** What may wait for a client to read it. */
const MOST_WAITING_BYTES = 256 * 1024;
/** A client that does not answer the end of the connection is cut off. */
const GOODBYE_MS = 2_000;

/** Why the server ends a connection (RFC 6455, section 7.4.1, and IANA's registry of close codes). */
export const closings = {
  shuttingDown: { code: 1001, reason: 'this server is shutting down' },
  credentialEnded: { code: 1008, reason: 'the session, key or token has ended' },
  tooSlow: { code: 1013, reason: 'messages are not read fast enough' },
} as const;
export type Closing = (typeof closings)[keyof typeof closings];

/** One WebSocket: what it sends waits for its client within limits, and whoever reads no more is cut off. */
export class OpenSocket {
  private readonly over = new AbortController();
  private isAlive = true;

  constructor(private readonly socket: WebSocket) {
    socket.on('close', () => this.over.abort());
    socket.on('pong', () => {
      this.isAlive = true;
    });
    // The library would put answers into memory for as long as nobody reads them.
    socket.on('ping', (data: Buffer) => {
      if (this.hasRoom()) socket.pong(data);
    });
  }

  /** Aborts when the connection ends. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** Resolves when the message has left this process, or will not any more. */
  async send(message: SocketMessage): Promise<void> {
    if (!this.hasRoom()) return;
    await new Promise<void>((resolve) => this.socket.send(JSON.stringify(message), () => resolve()));
  }

  /** Hands over text messages one after another; meanwhile no more is read from the client. */
  onMessage(handle: (text: string | undefined) => Promise<void>): void {
    let before = Promise.resolve();
    let waiting = 0;
    this.socket.on('message', (data: Buffer, isBinary: boolean) => {
      waiting += 1;
      this.socket.pause();
      before = before.then(async () => {
        if (!this.signal.aborted) await handle(isBinary ? undefined : data.toString());
        waiting -= 1;
        if (waiting === 0) this.socket.resume();
      });
    });
  }

  /** Asks whether the client is still there; one that has not answered since the last time is cut off. */
  look(): void {
    if (this.isAlive) {
      this.isAlive = false;
      this.socket.ping();
    } else if (this.socket.bufferedAmount > 0) this.close(closings.tooSlow);
    else this.socket.terminate();
  }

  close({ code, reason }: Closing): void {
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.socket.terminate(), GOODBYE_MS);
    this.socket.once('close', () => clearTimeout(timer));
  }

  private hasRoom(): boolean {
    if (this.socket.readyState !== this.socket.OPEN) return false;
    if (this.socket.bufferedAmount <= MOST_WAITING_BYTES) return true;
    this.close(closings.tooSlow);
    return false;
  }
}
