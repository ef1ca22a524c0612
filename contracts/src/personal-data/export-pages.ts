import { z } from 'zod';
import { id } from '../id.js';
import { defineRpc } from '../rpc.js';
import { serviceNames } from '../service-name.js';

/** Some of a file of a person's export. Pieces of one file follow each other. */
export const exportPiece = z.object({
  file: z.string().regex(/^[\w.-]+(?:\/[\w.-]+)*$/),
  text: z.string(),
});
export type ExportPiece = z.output<typeof exportPiece>;

/** Some of what a service has of a person. */
export const exportPage = z.object({
  pieces: z.array(exportPiece),
  /** With which the next page is asked for; null: that was all. */
  next: z.string().nullable(),
  /** About how much of it all has been given with this page. */
  done: z.number().min(0).max(1),
});
export type ExportPage = z.output<typeof exportPage>;

/** Who is asked; identity, which packs what they answer, has its own at hand. */
export const exportingServices = serviceNames.filter((service) => service !== 'identity');
export type ExportingService = (typeof exportingServices)[number];

/** All that a service has of a person and that is theirs to take along, page by page; reading one takes a second or two. */
export const exportPages = (service: ExportingService) =>
  defineRpc({
    service,
    question: 'get-export-page',
    access: 'service',
    input: z.object({
      user_id: id,
      /** `next` of the page before; null: the first one. */
      after: z.string().nullable(),
    }),
    output: exportPage,
    timeoutMs: 15_000,
  });

/** What each service answers when a person takes their data along. */
export const exportQuestions = exportingServices.map(exportPages);
