import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Catalogue } from './catalogue/catalogue.js';
import type { PlayStream } from './plays.js';

const playsQuery = z.object({
  user: z.string().min(1),
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
});

/** What a test compares with: the whole catalogue, and a user's whole stream of plays beyond Spotify's last 50. */
export function registerTruthRoutes(app: FastifyInstance, catalogue: Catalogue, plays: PlayStream): void {
  app.get('/_control/catalogue', async () => ({
    origin: catalogue.origin,
    tracks: catalogue.tracks.map(({ id, name, artists, durationMs, features, inReccoBeats }) => ({
      id,
      name,
      artist: artists[0].name,
      duration_ms: durationMs,
      in_reccobeats: inReccoBeats,
      features: features ?? null,
    })),
  }));

  app.get('/_control/plays', async (request, reply) => {
    const query = playsQuery.safeParse(request.query);
    if (!query.success) return reply.code(400).send({ errors: query.error.issues });
    const { user, from, to } = query.data;
    return {
      plays: plays.between(user, Date.parse(from), Date.parse(to)).map(({ track, playedAt }) => ({
        track_id: track.id,
        played_at: new Date(playedAt).toISOString(),
      })),
    };
  });
}
