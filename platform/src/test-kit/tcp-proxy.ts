import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './servers.js';

/** Stands between a client and a server, so that a test can lose, delay or hold what one says to the other. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private isHeld = false;
  /** What goes to the server; a chunk that it gives back as `undefined` is lost. */
  toServer: (chunk: Buffer) => Buffer | undefined = (chunk) => chunk;
  /** The same of what goes to the client. */
  toClient: (chunk: Buffer) => Buffer | undefined = (chunk) => chunk;
  /** Whether the connection breaks in place of a chunk's reaching the client. */
  breaksAt: (chunk: Buffer) => boolean = () => false;
  /** While true nothing goes either way, and nobody is told: what is said is lost. */
  silent = false;
  /** Milliseconds that every chunk takes, either way. */
  delayMs = 0;

  private constructor(
    private readonly target: URL,
    private readonly port: number,
  ) {}

  static async to(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url), await freePort());
    await proxy.open();
    return proxy;
  }

  /** The target's address, by way of this proxy. */
  get url(): string {
    return this.urlOf(this.target.href);
  }

  /** Another address of the same server, by way of this proxy: of another user, say. */
  urlOf(address: string): string {
    const url = new URL(address);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** Listens, on the same port as before; does nothing when it does already. */
  async open(): Promise<void> {
    if (this.server) return;
    this.server = createServer((client) => this.forward(client)).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** Ends every connection and takes no new one. */
  async close(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    this.reset();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** Ends every connection; new ones are taken. */
  reset(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** From now on nothing comes through and nobody is told, as when the other side is frozen; `release` lets it through. */
  hold(): void {
    this.isHeld = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** Lets through what was held, and what comes. */
  release(): void {
    this.isHeld = false;
    for (const socket of this.sockets) socket.resume();
  }

  private forward(client: Socket): void {
    // It was accepted just before the proxy closed.
    if (!this.server) return void client.destroy();
    const server = connect(Number(this.target.port), this.target.hostname);
    this.pass(client, server, (chunk) => this.toServer(chunk));
    this.pass(server, client, (chunk) =>
      this.breaksAt(chunk) ? void server.destroy() : this.toClient(chunk),
    );
    if (!this.isHeld) return;
    client.pause();
    server.pause();
  }

  private pass(from: Socket, to: Socket, change: (chunk: Buffer) => Buffer | undefined): void {
    this.sockets.add(from);
    // Timers of one moment need not fire in order, and what was said first never arrives later.
    const underWay: Buffer[] = [];
    let isClosed = false;
    const arrive = () => {
      const first = underWay.shift();
      if (first && !to.destroyed) to.write(first);
      if (isClosed && underWay.length === 0) to.destroySoon();
    };
    from.on('data', (chunk: Buffer) => {
      const changed = this.silent ? undefined : change(chunk);
      if (!changed) return;
      underWay.push(changed);
      if (this.delayMs === 0 && underWay.length === 1) arrive();
      else setTimeout(arrive, this.delayMs);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      isClosed = true;
      // What it said last is still under way.
      if (underWay.length === 0) to.destroy();
    });
  }
}
