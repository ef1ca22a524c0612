/** Whose budgets a call is taken out of, beside those of all. */
export interface Spender {
  readonly userId: string;
  /** The replay that asks; its budget is held, too. */
  readonly replayId?: string | undefined;
}

/** What a call takes of the budgets. */
export interface Spending {
  readonly tokens: number;
  /** US dollars; null where the price is not known. */
  readonly usd: number | null;
}

export const NOTHING: Spending = { tokens: 0, usd: 0 };

/** How much more `after` is than `before`; no dollars where the price is not known. */
export const difference = (after: Spending, before: Spending): Spending => ({
  tokens: after.tokens - before.tokens,
  usd: after.usd === null || before.usd === null ? null : after.usd - before.usd,
});
