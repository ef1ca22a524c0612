import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { listeningEpoch, playsGroup, trendsField } from '@undertone/contracts/listening/cache-keys';
import { calendarDay } from '@undertone/contracts/listening/period';
import {
  listTrends,
  type Trend,
  type TrendsQuestion,
  trendPage,
} from '@undertone/contracts/listening/trends';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { FeatureLibrary } from '../audio-features/feature-library.js';
import { CLASSIFIER } from '../moods/configured-classifier.js';
import type { MoodClassifier } from '../moods/mood-classifier.js';
import { Play } from '../plays/play.entity.js';
import { CACHE_SECONDS } from './cache-seconds.js';
import { bucketsBack, dayBefore, dayOf } from './calendar.js';
import { countPlays } from './count-plays.js';
import { exceededDays } from './exceeded-days.js';
import { openGaps } from './open-gaps.js';
import { trendOf } from './trend-of.js';

/** The last day of the next page. */
const allCursors = new KeysetCursor('trends', calendarDay);

@Controller()
export class TrendsQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ReadCache) private readonly cache: ReadCache,
    @Inject(FeatureLibrary) private readonly features: FeatureLibrary,
    @Inject(CLASSIFIER) private readonly classifier: MoodClassifier,
  ) {}

  /** A person's listening by day, week or month, newest first. */
  @Answers(listTrends)
  list(@Payload(asked(listTrends)) question: TrendsQuestion): Promise<Page<Trend>> {
    return this.cache.readThrough(
      playsGroup(question.user_id),
      trendsField(question),
      trendPage,
      CACHE_SECONDS,
      () => this.load(question, new Date()),
      listeningEpoch,
    );
  }

  private async load(question: TrendsQuestion, now: Date): Promise<Page<Trend>> {
    const { bucket, time_zone: timeZone, limit } = question;
    const cursors = allCursors.for(question);
    const first = question.from ?? (await this.firstDay(question));
    const last = question.cursor === undefined ? question.to : cursors.read(question.cursor);
    if (first === undefined) return { items: [], next: null };
    const days = { first, last: last ?? dayOf(now, timeZone) };
    const buckets = bucketsBack(bucket, timeZone, days, limit + 1, question.first_day_of_week);
    const page = buckets.slice(0, limit);
    const [newest, oldest] = [page.at(0), page.at(-1)];
    if (!newest || !oldest) return { items: [], next: null };
    const oldestFirst = page.toReversed();
    const period = { since: oldest.startsAt, until: new Date(newest.endsAt.getTime() - 1) };
    const [counts, gaps, exceeded] = await Promise.all([
      countPlays(
        this.orm.em.fork(),
        question.user_id,
        { buckets: oldestFirst, since: oldest.startsAt, until: newest.endsAt },
        { source: this.features.source, classifier: this.classifier },
      ),
      openGaps(this.orm.em.fork(), question.user_id),
      exceededDays(this.orm.em.fork(), question.user_id, timeZone, period),
    ]);
    const told = { source: this.features.source, classifierVersion: this.classifier.version, gaps, exceeded };
    const counted = new Map(counts.map((count) => [oldestFirst[count.bucket - 1], count]));
    const items = page.map((each) => trendOf(each, counted.get(each), told));
    return cursors.page(buckets, items, dayBefore);
  }

  /** The day of the first play. */
  private async firstDay({ user_id: userId, time_zone }: TrendsQuestion): Promise<string | undefined> {
    const [play] = await this.orm.em
      .fork()
      .find(Play, { userId }, { orderBy: { playedAt: 'asc' }, limit: 1, fields: ['playedAt'] });
    return play && dayOf(play.playedAt, time_zone);
  }
}
