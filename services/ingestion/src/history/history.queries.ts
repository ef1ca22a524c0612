import { type FilterQuery, type InferEntity, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type HistoryQuestion, listHistory, type PlayedTrack } from '@undertone/contracts/listening/history';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { momentKey } from '@undertone/platform/rpc/cursor-keys';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { z } from 'zod';
import { FeatureLibrary } from '../audio-features/feature-library.js';
import type { TrackFeatures } from '../audio-features/track-features.js';
import { CLASSIFIER } from '../moods/configured-classifier.js';
import type { MoodClassifier } from '../moods/mood-classifier.js';
import { moodConfidence } from '../moods/mood-confidence.js';
import { Play } from '../plays/play.entity.js';
import { momentsOf } from './calendar.js';
import { exceededDays } from './exceeded-days.js';
import { gapMarks } from './gap-marks.js';
import { openGaps, type Span } from './open-gaps.js';
import { trackNames, unnamed } from './track-names.js';

type Row = InferEntity<typeof Play>;

/** Two plays may end at one moment: their ids tell them apart. */
const allCursors = new KeysetCursor('history', z.tuple([momentKey, z.uuid()]));

@Controller()
export class HistoryQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FeatureLibrary) private readonly features: FeatureLibrary,
    @Inject(CLASSIFIER) private readonly classifier: MoodClassifier,
  ) {}

  /** A person's plays, newest first. One that comes later with an earlier time stands where its time says. */
  @Answers(listHistory)
  async list(@Payload(asked(listHistory)) question: HistoryQuestion): Promise<Page<PlayedTrack>> {
    const em = this.orm.em.fork();
    const rows = await em.find(Play, wanted(question), {
      orderBy: { playedAt: 'desc', id: 'desc' },
      limit: question.limit + 1,
    });
    const shown = rows.slice(0, question.limit);
    const trackIds = shown.map(({ trackId }) => trackId);
    const [newest, oldest] = [shown.at(0), shown.at(-1)];
    const [names, features, gaps, exceeded] = await Promise.all([
      trackNames(em, question.user_id, trackIds),
      this.features.stored(trackIds),
      openGaps(em.fork(), question.user_id),
      newest && oldest
        ? exceededDays(em.fork(), question.user_id, question.time_zone, {
            since: oldest.playedAt,
            until: newest.playedAt,
          })
        : [],
    ]);
    const within = gapsOf(question, gaps);
    const items = shown.map((play, index) => ({
      play_id: play.id,
      played_at: play.playedAt.toISOString(),
      track_id: play.trackId,
      ...(names.get(play.trackId) ?? unnamed),
      ms_played: play.msPlayed ?? null,
      source: play.source,
      ...this.moodOf(features.get(play.trackId)),
      ...(exceeded.some(({ startsAt, endsAt }) => play.playedAt >= startsAt && play.playedAt < endsAt) && {
        exceeds_day: true as const,
      }),
      ...gapMarks(play, within, { newer: rows[index - 1] ?? lastBefore(question), older: rows[index + 1] }),
    }));
    return allCursors.for(question).page(rows, items, ({ playedAt, id }) => [playedAt.toISOString(), id]);
  }

  private moodOf(features: TrackFeatures | undefined): Pick<PlayedTrack, 'mood' | 'mood_confidence'> {
    const confidence = features && moodConfidence(this.classifier, features);
    return {
      mood: features ? this.classifier.moodOf(features) : 'unknown',
      ...(confidence !== undefined && { mood_confidence: confidence }),
    };
  }
}

/** Those of the period that is asked for. */
function gapsOf(question: HistoryQuestion, gaps: readonly Span[]): readonly Span[] {
  const { since, until } = momentsOf(question, question.time_zone);
  return gaps.filter((gap) => !(since && gap.until <= since) && !(until && gap.since >= until));
}

/** The last play of the page before. */
function lastBefore(question: HistoryQuestion): { readonly playedAt: Date } | undefined {
  const { cursor } = question;
  return cursor === undefined ? undefined : { playedAt: new Date(allCursors.for(question).read(cursor)[0]) };
}

function wanted(question: HistoryQuestion): FilterQuery<Row> {
  const { since, until } = momentsOf(question, question.time_zone);
  const conditions: FilterQuery<Row>[] = [{ userId: question.user_id }];
  if (since) conditions.push({ playedAt: { $gte: since } });
  if (until) conditions.push({ playedAt: { $lt: until } });
  if (question.cursor !== undefined) {
    const [moment, id] = allCursors.for(question).read(question.cursor);
    const playedAt = new Date(moment);
    // The first half says what the second implies, for the index to begin there.
    conditions.push({ playedAt: { $lte: playedAt } });
    conditions.push({ $or: [{ playedAt: { $lt: playedAt } }, { id: { $lt: id } }] });
  }
  return { $and: conditions };
}
