import { parseArgs } from 'node:util';
import { insightType, type ToneMode, toneMode } from '@undertone/contracts/insight/insight';
import { z } from 'zod';
import { contentOf } from '../insights/insight-content.js';
import { insightTypes } from '../types/insight-types.js';
import { inventedFacts } from './invented-facts.js';

const HELP = `Prints what the template engine writes about invented listening, to be read.

  --type   wellness, roast, productivity, weekly_summary   (all of them)
  --tone   neutral, supportive, playful, direct            (one after the other)
  --count  how many snapshots                              (50)
  --seed   the first snapshot's number                     (1)
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
  const { type, tone, count, seed } = asked.data;
  for (let at = 0; at < count; at += 1) {
    for (const name of type ? [type] : insightType.options) {
      const toneNow: ToneMode = tone ?? toneMode.options[at % toneMode.options.length] ?? 'neutral';
      const text = insightTypes[name].write(inventedFacts(seed + at), toneNow, `${seed + at}`);
      process.stdout.write(
        `\n=== ${seed + at} · ${name} · ${toneNow}\n\n${contentOf(text, insightTypes[name])}\n`,
      );
    }
  }
}
