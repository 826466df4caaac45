/** The operator's mistake: another program listens there. */
export class PortTakenError extends Error {
  override name = 'PortTakenError';
  constructor(host: string, port: number, cause: unknown) {
    super(
      `INGRESS_PORT is ${port}, but another program listens on ${host}:${port}; ` +
        'stop that program or set another port, such as 8186',
      { cause },
    );
  }
}

/**
 * Makes sure that a port is free before several processes share it: sharing, they would not notice another program that does so too.
 * @param port 0 for any
 * @returns the port
 * @throws PortTakenError
 */
export function claimPort(host: string, port: number): number {
  try {
    const probe = Bun.listen({ hostname: host, port, socket: { data() {} } });
    const claimed = probe.port;
    probe.stop(true);
    return claimed;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new PortTakenError(host, port, error);
  }
}
