/** Injection token of the service's logger. */
export const LOGGER = Symbol('logger');
/** Injection token of the service's settings. */
export const SETTINGS = Symbol('settings');
