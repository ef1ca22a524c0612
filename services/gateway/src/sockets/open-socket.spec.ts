import { EventEmitter } from 'node:events';
import type { WebSocket } from '@fastify/websocket';
import { describe, expect, it } from 'vitest';
import { OpenSocket } from './open-socket.js';

/** A connection whose client has left so much unread. */
class Connection extends EventEmitter {
  readonly OPEN = 1;
  readonly did: unknown[] = [];
  readyState = 1;

  constructor(readonly bufferedAmount: number) {
    super();
  }

  send(text: string, sent: () => void): void {
    this.did.push(JSON.parse(text).status);
    sent();
  }
  pong(): void {
    this.did.push('pong');
  }
  ping(): void {
    this.did.push('ping');
  }
  terminate(): void {
    this.did.push('terminate');
  }
  close(code: number): void {
    this.readyState = 2;
    this.did.push(code);
    this.emit('close');
  }
}

function open(unread: number) {
  const connection = new Connection(unread);
  return { connection, socket: new OpenSocket(connection as unknown as WebSocket) };
}
const message = { status: 'error', error: { code: 'BAD_REQUEST', message: '' } } as const;
const MUCH = 1_000_000;

describe('a WebSocket', () => {
  it('is sent messages and pongs while its client reads', async () => {
    const { connection, socket } = open(0);
    await socket.send(message);
    connection.emit('ping', Buffer.alloc(0));
    expect(connection.did).toEqual(['error', 'pong']);
  });

  it('is closed with 1013 where much is unread, and nothing is added to that', async () => {
    const messages = open(MUCH);
    await messages.socket.send(message);
    await messages.socket.send(message);
    expect(messages.connection.did).toEqual([1013]);
    expect(messages.socket.signal.aborted).toBe(true);
    const pings = open(MUCH);
    pings.connection.emit('ping', Buffer.alloc(0));
    pings.connection.emit('ping', Buffer.alloc(0));
    expect(pings.connection.did).toEqual([1013]);
  });

  it('of a client that answers no ping is closed: with a code where something is unread', () => {
    for (const [unread, end] of [
      [0, 'terminate'],
      [1, 1013],
    ] as const) {
      const { connection, socket } = open(unread);
      socket.look();
      connection.emit('pong');
      socket.look();
      socket.look();
      expect(connection.did).toEqual(['ping', 'ping', end]);
    }
  });
});
