import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type {
  PromptContent,
  PromptDraft,
  PromptLabel,
  PromptName,
  PromptOverview,
  PromptVariant,
  PromptVersion,
} from '@undertone/contracts/prompt/prompt';
import {
  movePromptLabel,
  publishPrompt,
  startExperiment,
  stopExperiment,
} from '@undertone/contracts/prompt/rpc';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { faultsOf } from '../prompt-content/check-content.js';
import { outputOf } from '../prompt-content/prompt-variables.js';
import { hashOf } from '../prompt-content/shipped-prompt.js';
import { publishedEventId } from './prompt.js';
import { PromptLog } from './prompt-log.js';
import { overviewOf } from './prompt-overview.js';
import { invalidPrompt } from './prompt-rejections.js';

type Repeatable<T> = T & { readonly idempotency_key?: string | undefined };

/** What operators do to prompts. Each answer is what the log says after the event. */
@Controller()
export class PromptCommands {
  constructor(@Inject(PromptLog) private readonly prompts: PromptLog) {}

  @Answers(publishPrompt)
  async publish(@Payload(asked(publishPrompt)) draft: PromptDraft): Promise<PromptVersion> {
    const { name, messages, variables, output = outputOf(draft.name), model, parameters, changelog } = draft;
    const content: PromptContent = { messages, variables, output, model, parameters };
    const faults = faultsOf(name, content);
    if (faults.length > 0) throw invalidPrompt(faults);
    const hash = hashOf(content);
    const eventId = publishedEventId(name, hash);
    const command = { type: 'publish', name, content, hash, changelog, origin: 'operator', eventId } as const;
    const { versions } = await this.prompts.decide({ ...command, at: new Date() });
    const published = versions.find((version) => version.hash === hash);
    if (!published) throw new Error(`the prompt ${name} (${hash}) was appended and cannot be read`);
    return published;
  }

  @Answers(movePromptLabel)
  async moveLabel(
    @Payload(asked(movePromptLabel))
    {
      name,
      label,
      number,
      idempotency_key: key,
    }: Repeatable<{
      name: PromptName;
      label: PromptLabel;
      number: number;
    }>,
  ): Promise<PromptOverview> {
    const eventId = key ? derivedId('label moved', name, key) : newId();
    const command = { type: 'move label', name, label, number, moved: { by: 'operator' }, eventId } as const;
    return overviewOf(name, await this.prompts.decide({ ...command, at: new Date() }));
  }

  @Answers(startExperiment)
  async startExperiment(
    @Payload(asked(startExperiment))
    { name, variants, idempotency_key: key }: Repeatable<{ name: PromptName; variants: PromptVariant[] }>,
  ): Promise<PromptOverview> {
    const experimentId = key ? derivedId('experiment started', name, key) : newId();
    const command = {
      type: 'start experiment',
      name,
      experimentId,
      variants,
      eventId: experimentId,
    } as const;
    return overviewOf(name, await this.prompts.decide({ ...command, at: new Date() }));
  }

  @Answers(stopExperiment)
  async stopExperiment(
    @Payload(asked(stopExperiment)) { name }: { name: PromptName },
  ): Promise<PromptOverview> {
    const command = { type: 'stop experiment', name, eventId: newId(), at: new Date() } as const;
    return overviewOf(name, await this.prompts.decide(command));
  }
}
