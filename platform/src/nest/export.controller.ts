import { Controller, Inject, type Type } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  type ExportingService,
  type ExportPage,
  exportPages,
} from '@undertone/contracts/personal-data/export-pages';
import type { ExportPart } from '../personal-data/export-part.js';
import { pagesOf } from '../personal-data/export-parts.js';
import { Answers, asked } from './answers.js';

/** Injection token of what a service has for a person's export: its `ExportPart`s, in order. */
export const EXPORT_PARTS = Symbol('export parts');

/** Gives what a service has of a person. The service provides `EXPORT_PARTS`. */
export function exportController(service: ExportingService): Type<unknown> {
  const pages = exportPages(service);

  @Controller()
  class ExportController {
    constructor(@Inject(EXPORT_PARTS) private readonly parts: readonly ExportPart[]) {}

    @Answers(pages)
    page(
      @Payload(asked(pages)) { user_id, after }: { user_id: string; after: string | null },
    ): Promise<ExportPage> {
      return pagesOf(this.parts, user_id, after);
    }
  }
  return ExportController;
}
