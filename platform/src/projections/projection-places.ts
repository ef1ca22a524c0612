import type { MikroORM } from '@mikro-orm/postgresql';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import type { ProjectionPlace } from '@undertone/contracts/operations/projection';
import type { ServiceName } from '@undertone/contracts/service-name';
import type { EventStore } from '../event-store/event-store.js';
import { readCheckpoint } from './checkpoint.js';

/** Says how far a service's projections are, whichever replica runs them. */
export class ProjectionPlaces {
  constructor(
    private readonly service: ServiceName,
    private readonly store: EventStore,
    private readonly orm: MikroORM,
    private readonly projections: () => readonly ProjectionConsumerDefinition[],
    /** Why those of this process fail that do. */
    private readonly failing: () => Readonly<Record<string, string>>,
  ) {}

  list(): Promise<ProjectionPlace[]> {
    return Promise.all(this.projections().map((projection) => this.place(projection)));
  }

  private async place(projection: ProjectionConsumerDefinition): Promise<ProjectionPlace> {
    const { name, stream } = projection;
    const sequence = await readCheckpoint(this.orm, name);
    const [{ last }, { num_pending, num_ack_pending }] = await Promise.all([
      this.store.extent(stream),
      this.store.manager.consumers.info(stream, name),
    ]);
    const behind = num_pending + num_ack_pending;
    const oldest = behind > 0 ? await this.nextAfter(projection, sequence) : undefined;
    return {
      ...{ projection: name, service: this.service, stream, sequence, last, behind },
      oldest_seconds: oldest ? Math.max(0, Math.round((Date.now() - oldest.getTime()) / 1_000)) : null,
      fault: this.failing()[name] ?? null,
    };
  }

  /** When the log took the first event for the projection after a sequence. */
  private async nextAfter(
    { stream, filters }: ProjectionConsumerDefinition,
    sequence: number,
  ): Promise<Date | undefined> {
    const next = await Promise.all(
      filters.map((filter) => {
        const query = { seq: sequence + 1, next_by_subj: filter };
        return this.store.manager.streams.getMessage(stream, query);
      }),
    );
    const times = next.flatMap((message) => (message ? [message.time.getTime()] : []));
    return times.length > 0 ? new Date(Math.min(...times)) : undefined;
  }
}
