/** The preview command as a user runs it: a process, the real client, and a cluster that is not there. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findKubectl, temporaryFolder } from '@overseer/local/testing';
import { ApiServer } from './api-server.ts';
import { RouteServer, type RouteServerOptions } from './route-server.ts';

const COMMAND = join(import.meta.dir, '..', 'main.ts');

export interface Outcome {
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number;
}

export class PreviewRig implements AsyncDisposable {
  private constructor(
    readonly api: ApiServer,
    readonly routes: RouteServer,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly started: AsyncDisposableStack,
  ) {}

  static async start(
    options: RouteServerOptions & { readonly isOpenShift?: boolean } = {},
  ): Promise<PreviewRig> {
    await using started = new AsyncDisposableStack();
    const folder = temporaryFolder();
    started.defer(() => rmSync(folder, { recursive: true, force: true }));
    const api = started.use(new ApiServer(options.isOpenShift));
    const routes = started.use(new RouteServer(options));
    api.settings.hosts.set('overseer', routes.hosts.page);
    api.settings.hosts.set('overseer-ingress', routes.hosts.write);
    const certificate = join(folder, 'router.pem');
    writeFileSync(certificate, routes.certificate);
    const configuration = join(folder, 'kubeconfig');
    writeFileSync(configuration, kubeConfiguration(api.url));
    const environment = {
      OC: await findKubectl(),
      KUBECONFIG: configuration,
      KUBECACHEDIR: join(folder, 'cache'),
      NODE_EXTRA_CA_CERTS: certificate,
      GITHUB_RUN_ID: '',
      GITHUB_TOKEN: '',
    };
    return new PreviewRig(api, routes, environment, started.move());
  }

  /** Starts the command; whoever starts it sees to its end. */
  begin(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    return Bun.spawn([process.execPath, COMMAND, ...args], {
      env: { ...process.env, ...this.environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Runs the command to its end. */
  async run(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> {
    const child = this.begin(args, environment);
    try {
      const [output, errors, exitCode] = await Promise.all([
        child.stdout.text(),
        child.stderr.text(),
        child.exited,
      ]);
      return { output, errors, exitCode };
    } finally {
      child.kill('SIGKILL');
    }
  }

  /** Brings the preview of pull request 12 up. */
  up(...args: string[]): Promise<Outcome> {
    return this.run([
      'up',
      '--pr',
      '12',
      '--image',
      'registry.example.org/overseer@sha256:1',
      ...args,
    ]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.started.disposeAsync();
  }
}

function kubeConfiguration(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server } }],
    users: [{ name: 'test', user: { token: 'of-a-test' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}
