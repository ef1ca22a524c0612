import type { LoggerService } from '@nestjs/common';
import type { Logger } from '../logging/logger.js';

/** Nest's own messages as JSON lines; its start-up chatter only at debug level. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug({ nest: rest }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error({ nest: rest, ...(message instanceof Error && { err: message }) }, String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn({ nest: rest }, String(message));
  }
}
