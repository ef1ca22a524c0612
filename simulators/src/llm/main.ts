import { parseArgs } from 'node:util';
import { z } from 'zod';
import { DEFAULT_MODELS, startLlmSimulator } from './server.js';

const HELP = `Stands in for a language model behind an OpenAI-compatible API. Its texts are invented from the request's numbers.

  node simulators/dist/llm/main.js [flags]

  --port <n>          port to listen on (8011)
  --host <address>    address to listen on (127.0.0.1)
  --models <a,b>      the models it has (${DEFAULT_MODELS.join(',')})
  --latency-ms <n>    wait before every completion (0)
  --now <ISO time>    stop the clock at this moment; moved by POST /_control/clock
  --help              this text

Base URL: http://HOST:PORT/v1    key: any    control: /_control`;

const flags = z.object({
  port: z.coerce.number().int().min(0).max(65535).default(8011),
  host: z.string().min(1).default('127.0.0.1'),
  models: z
    .string()
    .transform((list) => list.split(',').filter((model) => model !== ''))
    .default([...DEFAULT_MODELS]),
  'latency-ms': z.coerce.number().int().min(0).default(0),
  now: z.iso.datetime({ offset: true }).optional(),
});

function readFlags() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      port: text,
      host: text,
      models: text,
      'latency-ms': text,
      now: text,
      help: { type: 'boolean', short: 'h' },
    },
  });
  return values;
}

async function main(): Promise<void> {
  const { help, ...values } = readFlags();
  if (help) return console.log(HELP);
  const given = flags.parse(values);
  const simulator = await startLlmSimulator({
    port: given.port,
    host: given.host,
    models: given.models,
    latencyMs: given['latency-ms'],
    ...(given.now === undefined ? {} : { now: new Date(given.now) }),
  });
  console.log(`*** LANGUAGE MODEL SIMULATOR: ALL TEXTS ARE INVENTED *** ${simulator.url}/v1`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());
}

main().catch((error: unknown) => {
  console.error(
    error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : error,
  );
  process.exitCode = 1;
});
