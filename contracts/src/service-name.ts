import { z } from 'zod';

/** Every service behind the gateway. */
export const serviceNames = ['identity', 'token', 'ingestion', 'insight', 'scheduler'] as const;

/** Whoever asks questions: a service, or the gateway for itself. */
export const askerName = z.enum([...serviceNames, 'gateway']);
export type AskerName = z.output<typeof askerName>;

export type ServiceName = (typeof serviceNames)[number];
