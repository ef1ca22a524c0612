import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { PromptReport, PromptReportQuery } from '@undertone/contracts/prompt/prompt-report';
import { reportOnPrompt } from '@undertone/contracts/prompt/rpc';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { fitting } from '@undertone/platform/rpc/page-bytes';
import { PromptLog } from '../prompts/prompt-log.js';
import { unknownPrompt } from '../prompts/prompt-rejections.js';
import { compareVersions } from './compare-versions.js';
import { failed, written } from './outcomes.js';

@Controller()
export class PromptReportQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(PromptLog) private readonly prompts: PromptLog,
  ) {}

  @Answers(reportOnPrompt)
  async report(@Payload(asked(reportOnPrompt)) query: PromptReportQuery): Promise<PromptReport> {
    const { versions } = await this.prompts.state(query.name);
    if (versions.length === 0) throw unknownPrompt();
    const em = this.orm.em.fork();
    const rows = compareVersions(versions, await written(em, query), await failed(em, query));
    const shown = rows.slice(rows.length - fitting([...rows].reverse()));
    return { name: query.name, from: query.from ?? null, to: query.to ?? null, rows: shown };
  }
}
