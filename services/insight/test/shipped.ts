import { wellness } from '../src/types/wellness/wellness.js';

/** The number of the best version of the wellness prompt that comes with the release, which is in production at first. */
export const SHIPPED_NUMBER = wellness.prompts.length;
export const SHIPPED = `wellness-v${SHIPPED_NUMBER}`;
/** The version that is published next. */
export const NEXT = `wellness-v${SHIPPED_NUMBER + 1}`;
