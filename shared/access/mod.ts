/** Who may connect, and what they may do: tokens, certificates, and the settings of both. */
export * from './access.ts';
export * from './access-error.ts';
export * from './certificate.ts';
export * from './exposure.ts';
export * from './grant.ts';
export * from './listener.ts';
export * from './request-target.ts';
export * from './settings.ts';
export * from './token.ts';
export * from './token-lines.ts';
