/** The cached state of one job: the scheduler writes it through, the gateway reads it first. */
export const taskGroup = (taskId: string): string => `v1:task:${taskId}`;

/** The only field of the group; its value is an `OwnedTask`. */
export const taskField = 'task';
