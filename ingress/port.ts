import { listenError } from '@overseer/shared';

/** @returns what to throw when ingress can't listen: PortTakenError, or the error as it is */
export function ingressListenError(cause: unknown, host: string, port: number): unknown {
  return listenError(cause, { variable: 'INGRESS_PORT', host, port, other: 8186 });
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
  } catch (cause) {
    throw ingressListenError(cause, host, port);
  }
}
