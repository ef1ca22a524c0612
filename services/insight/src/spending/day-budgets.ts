import { z } from 'zod';

/** Of one UTC day; absent: no limit. */
const budget = z.coerce.number().positive().optional();

/** Budgets of one UTC day; templates take nothing of them. */
export const dayBudgets = {
  /** What all calls of language models may take in a day. */
  LLM_BUDGET_TOKENS_PER_DAY: budget,
  LLM_BUDGET_USD_PER_DAY: budget,
  /** What the calls for one person may take of it. */
  LLM_BUDGET_TOKENS_PER_PERSON_AND_DAY: budget,
  LLM_BUDGET_USD_PER_PERSON_AND_DAY: budget,
};
/** What is absent is not limited. */
export type DayBudgets = z.output<z.ZodObject<typeof dayBudgets>>;
