import { hostname } from 'node:os';

/**
 * Which process of a service this is, for its logs and traces (`service.instance.id`): the machine and the process id. Another one after
 * each start, so that two lives of a process are not taken for one.
 */
export const INSTANCE = `${hostname()}:${process.pid}`;
