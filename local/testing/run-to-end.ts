/** Runs a service's `main.ts` until it ends by itself. @param main its path */
export async function runToEnd(main: string, environment: Readonly<Record<string, string>>) {
  const child = Bun.spawn([process.execPath, main], {
    env: { ...process.env, ...environment },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  try {
    const output = await new Response(child.stdout).text();
    return { code: await child.exited, output };
  } finally {
    child.kill('SIGKILL');
  }
}
