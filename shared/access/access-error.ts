/** Why a request may not do what it asks for. */
export class AccessError extends Error {
  override name = 'AccessError';

  /** @param status 401: nobody knows who asks; 403: it is known, and not allowed */
  constructor(
    readonly status: 401 | 403,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
