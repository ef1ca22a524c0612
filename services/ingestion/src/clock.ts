/** What time it is; passed in, so that a test can let a week go by. */
export type Clock = () => Date;
/** Injection token of the service's `Clock`. */
export const CLOCK = Symbol('clock');
export const machineClock: Clock = () => new Date();
