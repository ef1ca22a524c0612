/** Injection token of the service's logger. */
export const LOGGER = Symbol('logger');
/** Injection token of the service's settings. */
export const SETTINGS = Symbol('settings');
/** Injection token of the object storage. */
export const OBJECT_STORAGE = Symbol('object storage');
