import type { Api } from '@undertone/contracts/client/api';
import { call } from '@undertone/contracts/client/call';
import type { InputOf } from '@undertone/contracts/client/route-types';
import type { Replay, ReplayOrdered } from '@undertone/contracts/replay/replay';
import type { ReplayReport } from '@undertone/contracts/replay/replay-report';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { count, dollars, duration, example, json, jsonOption, table } from './output.ts';
import { watchReplay } from './watch-replay.ts';

interface Budget {
  maxCalls?: number;
  maxTokens?: number;
  maxUsd?: number;
}
type Order = InputOf<'orderReplay'>;

interface StartOptions extends Budget {
  dryRun?: true;
  watch?: true;
  user?: string[];
  from?: string;
  to?: string;
  timeRange?: NonNullable<Order['filter']>['time_range'];
  onlyWithInsight?: true;
  canary?: number;
  window?: number;
  byHand?: true;
}

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It is not a number.');
  return value;
};

const budgetOf = ({ maxCalls, maxTokens, maxUsd }: Budget) => {
  const limits = [maxCalls, maxTokens, maxUsd];
  if (limits.every((limit) => limit === undefined)) return undefined;
  return { calls: maxCalls, tokens: maxTokens, usd: maxUsd };
};

const withBudget = (command: Command): Command =>
  command
    .option('--max-calls <n>', 'pause when as many calls were made', number)
    .option('--max-tokens <n>', 'pause when as many tokens are used', number)
    .option('--max-usd <n>', 'pause when as many dollars are used', number);

/** What the process says with its exit code: 0 done, 3 it waits for somebody. */
function conclude(replay: Replay): void {
  console.log(`replay ${replay.id} is ${replay.status.replace('_', ' ')}`);
  if (replay.status === 'awaiting_go') console.log(`  compare: ops replays report ${replay.id}`);
  if (replay.progress.failed > 0) console.log(`  failures: ops replays report ${replay.id}`);
  if (replay.status !== 'active' && replay.status !== 'rolled_back') process.exitCode = 3;
}

/** For examples. */
const ID = '0199b2c4-9a01-7c4e-8d22-6b1f0c3e5a77';

/** `ops replays …` */
export function replayCommands(program: Command, api: () => Api): void {
  const replays = program
    .command('replays')
    .description('write past insights again with a version of a prompt');

  withBudget(
    replays
      .command('start <insight-type> <prompt-version>')
      .description('order a replay; nothing is shown before it is activated, then all at once')
      .option('-n, --dry-run', 'only say what it would take')
      .option('-w, --watch', 'follow it until it is over or waits for somebody')
      .option('--user <id...>', 'only snapshots of these people')
      .option('--from <day>', 'only snapshots from this day on')
      .option('--to <day>', 'only snapshots up to this day')
      .addOption(new Option('--time-range <range>').choices(['short_term', 'medium_term', 'long_term']))
      .option('--only-with-insight', 'only snapshots that somebody has an insight of')
      .option('--canary <share>', 'write this share first (0.05) and wait for a go', number)
      .option('--window <n>', 'jobs under way at once', number)
      .option('--by-hand', 'do not activate it by itself'),
  )
    .addHelpText(
      'after',
      example('ops replays start wellness wellness-v2 --canary 0.05 --max-usd 20 --watch'),
    )
    .action(async (insightType: Order['insight_type'], promptVersion: string, options: StartOptions) => {
      const ordered = await call(api(), 'orderReplay', {
        insight_type: insightType,
        prompt_version: promptVersion,
        filter: {
          user_ids: options.user,
          from: options.from,
          to: options.to,
          time_range: options.timeRange,
          only_with_insight: options.onlyWithInsight,
        },
        canary: options.canary,
        window: options.window,
        activate: options.byHand && 'by_hand',
        budget: budgetOf(options),
        dry_run: options.dryRun,
      });
      showEstimate(ordered);
      if (!ordered.replay) return;
      console.log(`replay ${ordered.replay.id} is ${ordered.replay.status}`);
      if (options.watch) conclude(await watchReplay(api(), ordered.replay.id));
    });

  replays
    .command('list')
    .description('the newest, a hundred at most')
    .addOption(jsonOption())
    .addHelpText('after', example('ops replays list'))
    .action(async (options: { json?: true }) => {
      const all = await call(api(), 'listReplays');
      if (options.json) return json(all);
      table(
        ['id', 'type', 'version', 'status', 'written', 'failed', 'of', 'ordered'],
        all.map(({ id, insight_type, prompt_version, status, progress, requested_at }) => [
          id,
          insight_type,
          prompt_version,
          status,
          progress.written,
          progress.failed,
          progress.snapshots,
          requested_at,
        ]),
      );
    });
  replays
    .command('show <id>')
    .description('one replay as JSON')
    .addHelpText('after', example(`ops replays show ${ID}`))
    .action(async (id: string) => json(await call(api(), 'getReplay', { replay_id: id })));
  replays
    .command('watch <id>')
    .description('follow it until it is over or waits for somebody')
    .addHelpText('after', example(`ops replays watch ${ID}`))
    .action(async (id: string) => conclude(await watchReplay(api(), id)));
  replays
    .command('report <id>')
    .description('what it wrote against what readers have now, and what failed')
    .addOption(jsonOption())
    .addHelpText('after', example(`ops replays report ${ID}`))
    .action(async (id: string, options: { json?: true }) => {
      const report = await call(api(), 'getReplayReport', { replay_id: id });
      if (options.json) json(report);
      else showReport(report);
    });

  const decision = (name: string, description: string) =>
    replays
      .command(`${name} <id>`)
      .description(description)
      .addHelpText('after', example(`ops replays ${name} ${ID}`));
  const decided = async (answer: Promise<Replay>) => {
    const replay = await answer;
    console.log(`replay ${replay.id} is ${replay.status.replace('_', ' ')}`);
  };
  decision('go', 'after the canary, go on with the rest').action((replay_id: string) =>
    decided(call(api(), 'approveReplay', { replay_id })),
  );
  decision('pause', 'request nothing more for now').action((replay_id: string) =>
    decided(call(api(), 'pauseReplay', { replay_id })),
  );
  withBudget(decision('resume', 'go on; after failures, try those again')).action(
    (replay_id: string, budget: Budget) =>
      decided(call(api(), 'resumeReplay', { replay_id, budget: budgetOf(budget) })),
  );
  decision('cancel', 'end it; what it wrote stays hidden').action((replay_id: string) =>
    decided(call(api(), 'cancelReplay', { replay_id })),
  );
  decision('activate', 'show what a complete replay wrote')
    .option('--allow-failures', 'although some snapshots keep their old insight')
    .action((replay_id: string, { allowFailures }: { allowFailures?: true }) =>
      decided(call(api(), 'activateReplay', { replay_id, allow_failures: allowFailures })),
    );
  decision('rollback', 'take an activation back').action((replay_id: string) =>
    decided(call(api(), 'rollBackReplay', { replay_id })),
  );
}

function showEstimate({ estimate, warnings }: ReplayOrdered): void {
  const basis =
    estimate.based_on === 'past_insights'
      ? `means over the newest ${estimate.sample} insights`
      : 'the length of the prompt, for want of past insights by a model';
  console.log(
    [
      `snapshots  ${count(estimate.snapshots)}, ${count(estimate.with_insight)} with an insight`,
      `calls      ${count(estimate.calls)} at least`,
      `tokens     ${estimate.tokens === null ? 'unknown' : `about ${count(estimate.tokens)}`}`,
      `money      ${dollars(estimate.usd)}`,
      `time       ${estimate.seconds === null ? 'unknown' : `about ${duration(estimate.seconds)}`}`,
      `from       ${basis}`,
      ...warnings.map((warning) => `warning    ${warning}`),
    ].join('\n'),
  );
}

function showReport(report: ReplayReport): void {
  const rounded = (value: number | null) => (value === null ? null : Math.round(value));
  const row = (name: string, side: ReplayReport['new']) => [
    name,
    side.prompt_versions.join(' '),
    side.llm_models.join(' '),
    side.insights,
    side.failed,
    side.repaired.known_for > 0 ? side.repaired.insights : null,
    rounded(side.tokens),
    side.usd === null ? null : side.usd.toFixed(5),
    rounded(side.generation_ms.median),
    rounded(side.generation_ms.p95),
    rounded(side.characters),
    side.feedback.helpful_share === null ? null : `${side.feedback.helpful}+ ${side.feedback.unhelpful}-`,
  ];
  table(
    [
      '',
      'version',
      'model',
      'insights',
      'failed',
      'repaired',
      'tokens',
      'usd',
      'ms median',
      'ms p95',
      'characters',
      'feedback',
    ],
    [row('new', report.new), row('old', report.old)],
  );
  if (report.pairs.length > 0) {
    console.log('\nTo read side by side, at /api/insights/<id>:');
    table(
      ['new', 'old'],
      report.pairs.map(({ new_insight_id, old_insight_id }) => [new_insight_id, old_insight_id]),
    );
  }
  if (report.failures.length > 0) {
    console.log('\nFailed:');
    table(
      ['snapshot', 'job', 'code', 'message'],
      report.failures.map(({ snapshot_id, task_id, code, message }) => [snapshot_id, task_id, code, message]),
    );
  }
}
