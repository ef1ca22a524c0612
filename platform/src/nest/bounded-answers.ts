import { Logger } from '@nestjs/common';
import type { Serializer } from '@nestjs/microservices';
import { statusOf } from '@undertone/contracts/problems';

const log = new Logger('answers');

interface Packet {
  readonly id?: string;
  readonly response?: unknown;
}

/**
 * Writes answers as Nest's NATS transport does, and a refusal in the place of one that the server would not take: it
 * closes the connection of a client that sends more than its `max_payload`, and who asked would wait in vain.
 */
export class BoundedAnswers implements Serializer<Packet, { data: string }> {
  /** @param largest body that the server takes, in bytes. */
  constructor(private readonly largest: () => number) {}

  serialize(packet: Packet): { data: string } {
    const data = JSON.stringify(packet);
    const bytes = Buffer.byteLength(data);
    const most = this.largest();
    if (bytes <= most) return { data };
    log.error(`an answer of ${bytes} bytes was not sent, at most ${most} are`);
    const code = 'ANSWER_TOO_LARGE';
    const message = `the answer has ${bytes} bytes, and services send each other at most ${most}`;
    const err = { code, status: statusOf(code), message };
    return { data: JSON.stringify({ id: packet.id, err, isDisposed: true }) };
  }
}
