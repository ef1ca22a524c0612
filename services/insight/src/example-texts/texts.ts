import { parseArgs } from 'node:util';
import { insightType, toneMode } from '@undertone/contracts/insight/insight';
import { z } from 'zod';
import { contentOf } from '../insight-text/insight-content.js';
import { insightTypes } from '../type-registry/insight-types.js';
import { exampleTexts } from './example-texts.js';

const HELP = `Prints what the template engine writes about invented people, to be read.

  --type   wellness, roast, productivity, weekly_summary   (all of them)
  --tone   neutral, supportive, playful, direct            (each in turn)
  --count  how many people                                 (50)
  --seed   the first person's number                       (1)
`;

const options = z.object({
  help: z.boolean().default(false),
  type: insightType.optional(),
  tone: toneMode.optional(),
  count: z.coerce.number().int().min(1).max(10_000).default(50),
  seed: z.coerce.number().int().min(0).default(1),
});

const { values } = parseArgs({
  // pnpm passes the "--" before them on.
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: {
    help: { type: 'boolean' },
    type: { type: 'string' },
    tone: { type: 'string' },
    count: { type: 'string' },
    seed: { type: 'string' },
  },
});
const asked = options.safeParse(values);
if (!asked.success) {
  process.stderr.write(`${z.prettifyError(asked.error)}\n\n${HELP}`);
  process.exitCode = 1;
} else if (asked.data.help) {
  process.stdout.write(HELP);
} else {
  for (const { seed, type, tone, text } of exampleTexts(asked.data)) {
    process.stdout.write(`\n=== ${seed} · ${type} · ${tone}\n\n${contentOf(text, insightTypes[type])}\n`);
  }
}
