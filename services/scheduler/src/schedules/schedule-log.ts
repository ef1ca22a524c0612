import { JetStreamApiError, type JetStreamPublishOptions, type StoredMsg } from '@nats-io/jetstream';
import { Inject, Injectable } from '@nestjs/common';
import { ScheduleDefined, type ScheduleDefinition } from '@undertone/contracts/schedules/schedule-defined';
import { scheduleSubjects } from '@undertone/contracts/subjects';
import { fromMessage, toMessage } from '@undertone/platform/event-store/cloudevents';
import { EventStore, LogUnavailable } from '@undertone/platform/event-store/event-store';
import { derivedId, newId } from '@undertone/platform/ids/ids';

/** The latest message of a subject: a definition, or a firing, which repeats the definition that it is of. */
export interface Recorded {
  readonly definition: ScheduleDefinition;
  readonly sequence: number;
  readonly at: Date;
}

/** Somebody else wrote first. */
class ScheduleChanged extends Error {}

/** The server does not take the schedule. */
export class ScheduleRefused extends Error {
  constructor(
    readonly part: 'cron' | 'time zone',
    cause: unknown,
  ) {
    super(`the server refuses the ${part}`, { cause });
  }
}

/** Codes of the server: the expectation does not hold; the pattern of a schedule, and its time zone, are invalid. */
const CONFLICTS = new Set([10071, 10164]);
const INVALID_PATTERN = 10189;
const INVALID_TIME_ZONE = 10223;

/** The SCHEDULES stream: it keeps the latest message of each subject, and fires every definition that is not paused. */
@Injectable()
export class ScheduleLog {
  constructor(@Inject(EventStore) private readonly store: EventStore) {}

  definition(name: string): Promise<Recorded | undefined> {
    return this.latest(scheduleSubjects(name).definition);
  }

  lastFiring(name: string): Promise<Recorded | undefined> {
    return this.latest(scheduleSubjects(name).fired);
  }

  /**
   * Writes what is decided about the definition that stands; where somebody else writes first, it is decided anew.
   * @param decide gives the definition that is to stand, `undefined` for none, or back the one that stands: nothing is written.
   * @returns the definition that stands then.
   * @throws {ScheduleRefused | LogUnavailable}
   */
  async change(
    name: string,
    decide: (present: ScheduleDefinition | undefined) => ScheduleDefinition | undefined,
  ): Promise<ScheduleDefinition | undefined> {
    const present = await this.definition(name);
    const definition = decide(present?.definition);
    if (definition === present?.definition) return definition;
    try {
      if (definition) await this.define(definition, present?.sequence ?? 0);
      else await this.remove(name);
    } catch (error) {
      if (!(error instanceof ScheduleChanged)) throw error;
      return this.change(name, decide);
    }
    return definition;
  }

  /** @param expected sequence of the definition that it replaces; 0 where there is none. */
  private async define(definition: ScheduleDefinition, expected: number): Promise<void> {
    const { definition: subject, fired } = scheduleSubjects(definition.name);
    await this.publish(subject, definition, {
      msgID: newId(),
      expect: { lastSubjectSequence: expected },
      // Without it the definition that takes its place is no schedule to the server any more.
      ...(!definition.paused && {
        schedule: { specification: definition.cron, target: fired, timezone: definition.time_zone },
      }),
    });
  }

  private async remove(name: string): Promise<void> {
    const { stream, definition } = scheduleSubjects(name);
    await this.store.manager.streams.purge(stream, { filter: definition });
  }

  /** Records the firing that the server should have made; if it did meanwhile, or another replica, that one stands. */
  async fire(definition: ScheduleDefinition, due: Date, expected: number): Promise<void> {
    try {
      await this.publish(scheduleSubjects(definition.name).fired, definition, {
        msgID: derivedId('missed firing', definition.name, due.toISOString()),
        expect: { lastSubjectSequence: expected },
      });
    } catch (error) {
      if (!(error instanceof ScheduleChanged)) throw error;
    }
  }

  private async publish(
    subject: string,
    definition: ScheduleDefinition,
    options: Partial<JetStreamPublishOptions> & { msgID: string },
  ): Promise<void> {
    const event = {
      definition: ScheduleDefined,
      id: options.msgID,
      data: definition,
      time: new Date(),
      source: 'scheduler',
    };
    const { headers, body } = toMessage(event);
    // The server repeats the headers at every firing, which is no part of the trace of whoever defined it.
    headers.delete('traceparent');
    headers.delete('tracestate');
    try {
      await this.store.manager.jetstream().publish(subject, body, { ...options, headers });
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw new LogUnavailable(error);
      if (CONFLICTS.has(error.code)) throw new ScheduleChanged();
      if (error.code === INVALID_PATTERN) throw new ScheduleRefused('cron', error);
      if (error.code === INVALID_TIME_ZONE) throw new ScheduleRefused('time zone', error);
      throw error;
    }
  }

  private async latest(subject: string): Promise<Recorded | undefined> {
    const { stream } = scheduleSubjects('');
    const message = await this.store.manager.streams.getMessage(stream, { last_by_subj: subject });
    return message ? recorded(stream, message) : undefined;
  }
}

function recorded(stream: string, message: StoredMsg): Recorded | undefined {
  const { seq: sequence, header: headers, subject, data } = message;
  const definition = ScheduleDefined.read(fromMessage({ stream, sequence, subject, headers, data }));
  return definition && { definition, sequence, at: message.time };
}
