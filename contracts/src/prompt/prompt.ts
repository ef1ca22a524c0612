import { z } from 'zod';
import { id } from '../id.js';
import { insightType } from '../insight/insight.js';
import { modelParameters } from '../insight/model-parameters.js';
import { foreignId, text } from '../text.js';

/** A prompt is named after the type of insight that it asks for. */
export const promptName = insightType;
export type PromptName = z.output<typeof promptName>;

/** Versions of a prompt count from 1, without gaps. */
export const promptNumber = z.int().min(1).max(1_000_000);

/** As it stands on insights: `wellness-v1`. */
export const promptVersionText = (name: PromptName, number: number): string => `${name}-v${number}`;

/** `text` is put in as it is, `json` as JSON: what came from outside is always the latter. */
export const variableType = z.enum(['text', 'json']);

/** What a placeholder `{{name}}` of the messages stands for. */
export const promptVariables = z
  .record(z.string().regex(/^[a-z][a-z0-9_]{0,39}$/), variableType)
  .meta({ description: 'Name of each placeholder to its type; `text` goes in as it is, `json` as JSON.' });

export const promptMessage = z.object({
  role: z.enum(['system', 'user']),
  content: text
    .min(1)
    .max(16_000)
    .meta({ description: 'A template: `{{name}}` is filled in, and there is nothing else to it.' }),
});
export type PromptMessage = z.output<typeof promptMessage>;

/** What a version asks, of whom and how: the part that its hash is of. */
export const promptContent = {
  messages: z.array(promptMessage).min(1).max(8),
  variables: promptVariables,
  output: foreignId
    .min(1)
    .meta({ description: 'Name of the schema that the answer has to fit: the insight type’s own.' }),
  model: foreignId
    .min(1)
    .nullable()
    .meta({ description: 'The model that it was written for; null leaves it to the installation.' }),
  parameters: modelParameters,
};
export type PromptContent = z.output<z.ZodObject<typeof promptContent>>;

const changelog = text.min(1).max(500).meta({ description: 'What is better than in the version before.' });
export const promptHash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ description: 'SHA-256 of messages, variables, output, model and parameters, hexadecimal.' });

/** A version of a prompt; it never changes. */
export const promptVersion = z
  .object({
    name: promptName,
    number: promptNumber,
    hash: promptHash,
    ...promptContent,
    changelog,
    origin: z
      .enum(['shipped', 'operator'])
      .meta({ description: '`shipped` came with a release, `operator` through the API.' }),
    published_at: z.iso.datetime(),
  })
  .meta({ id: 'PromptVersion' });
export type PromptVersion = z.output<typeof promptVersion>;

/** What an operator writes to publish a version. */
export const promptDraft = z.strictObject({
  name: promptName,
  messages: promptContent.messages,
  variables: promptContent.variables,
  output: promptContent.output.optional(),
  model: promptContent.model.default(null),
  parameters: z.strictObject(modelParameters.shape).default({}),
  changelog,
});
export type PromptDraft = z.output<typeof promptDraft>;

/** `production` is written with; `candidate` is what is looked at next. */
export const promptLabel = z.enum(['production', 'candidate']).meta({ id: 'PromptLabel' });
export type PromptLabel = z.output<typeof promptLabel>;

/** Who moved a label: a release that ships a better version, an operator, or a replay that is complete. */
export const labelMover = z.enum(['release', 'operator', 'replay']);
export type LabelMover = z.output<typeof labelMover>;

export const variantName = z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/);

export const promptVariant = z.object({
  variant: variantName,
  number: promptNumber,
  percent: z.int().min(1).max(99).meta({ description: 'Share of the people, in percent.' }),
});
export type PromptVariant = z.output<typeof promptVariant>;

/** Two to five versions that share all people between them. */
export const promptVariants = z
  .array(promptVariant)
  .min(2)
  .max(5)
  .refine(
    (all) => all.reduce((sum, { percent }) => sum + percent, 0) === 100,
    'the shares have to add up to 100',
  )
  .refine(
    (all) => new Set(all.map(({ variant }) => variant)).size === all.length,
    'each variant needs a name of its own',
  )
  .refine(
    (all) => new Set(all.map(({ number }) => number)).size === all.length,
    'each variant needs a version of its own',
  );

export const promptExperiment = z
  .object({ experiment_id: id, variants: promptVariants, started_at: z.iso.datetime() })
  .meta({ id: 'PromptExperiment' });
export type PromptExperiment = z.output<typeof promptExperiment>;

/** Where a prompt stands. */
export const promptOverview = z
  .object({
    name: promptName,
    newest: promptNumber,
    labels: z.object({
      production: promptNumber.nullable(),
      candidate: promptNumber.nullable(),
    }),
    experiment: promptExperiment.nullable(),
  })
  .meta({ id: 'PromptOverview' });
export type PromptOverview = z.output<typeof promptOverview>;

const labelMove = z.object({
  label: promptLabel,
  number: promptNumber,
  moved_by: labelMover,
  replay_id: id.nullable(),
  moved_at: z.iso.datetime(),
});

/** As many of a prompt's label moves as it shows. */
export const SHOWN_LABEL_MOVES = 200;

/** A prompt with a page of its versions and the way of its labels, both oldest first. */
export const promptDetails = z
  .object({
    ...promptOverview.shape,
    versions: z.array(promptVersion),
    label_moves: z
      .array(labelMove)
      .max(SHOWN_LABEL_MOVES)
      .meta({ description: `The last ${SHOWN_LABEL_MOVES} of them.` }),
  })
  .meta({ id: 'Prompt' });
export type PromptDetails = z.output<typeof promptDetails>;
