import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { getListenThreshold } from '@undertone/contracts/listening/listen-threshold';
import { Answers, asked } from '@undertone/platform/nest/answers';
import type { z } from 'zod';
import { ownThreshold } from '../plays/own-threshold.js';
import { LISTEN_RULE } from '../streams/listen-rule.js';

@Controller()
export class ListenThresholdQueries {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  /** From when on a stream counts for a person. */
  @Answers(getListenThreshold)
  async get(
    @Payload(asked(getListenThreshold)) { user_id }: { user_id: string },
  ): Promise<z.output<typeof getListenThreshold.output>> {
    return { threshold: await ownThreshold(this.orm.em.fork(), user_id), listen_rule: LISTEN_RULE };
  }
}
