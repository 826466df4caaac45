/**
 * The group of roles that may read the views and nothing else. It is of the whole PostgreSQL cluster: several Overseers in the databases of
 * one share it.
 */
export const READER_ROLE = 'overseer_reader';
