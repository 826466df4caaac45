/** The operator's mistake: another program listens there. */
export class PortTakenError extends Error {
  override name = 'PortTakenError';
}

export interface WantedPort {
  /** The setting that chooses it. */
  readonly variable: string;
  readonly host: string;
  readonly port: number;
  /** Another one to try. */
  readonly other: number;
}

/** What a failure to listen means to the operator: PortTakenError when that is why, else the error as it is. */
export function listenError(cause: unknown, { variable, host, port, other }: WantedPort): unknown {
  if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') return cause;
  return new PortTakenError(
    `${variable} is ${port}, but another program listens on ${host}:${port}; ` +
      `stop that program or set another port, such as ${other}`,
    { cause },
  );
}
