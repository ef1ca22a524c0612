import type { DeadLetter } from '@undertone/contracts/jobs/dead-letter';
import type { Command } from 'commander';
import type { Api } from './api.ts';
import { table } from './output.ts';

/** `ops dead-letters …` */
export function deadLetterCommands(program: Command, api: () => Api): void {
  program
    .command('dead-letters')
    .description('messages that the server stopped delivering')
    .command('list')
    .description('the newest of them')
    .option('--limit <rows>', 'how many, 200 at most', '50')
    .action(async ({ limit }: { limit: string }) => {
      const letters = await api().call<DeadLetter[]>(
        'GET',
        `/api/admin/dead-letters?${new URLSearchParams({ limit })}`,
      );
      table(
        ['when', 'stream', 'sequence', 'consumer', 'deliveries'],
        letters.map(({ happened_at, stream, stream_sequence, consumer, deliveries }) => [
          happened_at,
          stream,
          stream_sequence,
          consumer,
          deliveries,
        ]),
      );
    });
}
