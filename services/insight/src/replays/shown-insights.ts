/**
 * SQL conditions on a row of `generated_insight`, for use within one statement: a reader whose page comes from two
 * statements could see half of an activation.
 */

/** No replay wrote it, or one that is activated. */
export const isPublished = (row: string): string =>
  `(${row}.replay_id is null or exists (
     select 1 from replay own where own.id = ${row}.replay_id and own.activated_sequence is not null))`;

/**
 * It is published, and no replay that was activated later has another for the same snapshot and type. What was asked for
 * before an activation, and was therefore written with the version of before, counts as before however late it came.
 */
export const isShown = (row: string): string =>
  `(${isPublished(row)} and not exists (
     select 1 from generated_insight newer
     join replay shown on shown.id = newer.replay_id and shown.activated_sequence is not null
     where newer.snapshot_id = ${row}.snapshot_id and newer.insight_type = ${row}.insight_type and newer.id <> ${row}.id
       and (
         shown.activated_sequence > coalesce(
           (select own.activated_sequence from replay own where own.id = ${row}.replay_id), ${row}.sequence)
         or (${row}.replay_id is null
           and shown.activated_at > coalesce(${row}.requested_at, ${row}.generated_at))
       )))`;
