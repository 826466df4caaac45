import { DASHBOARD_VERSION, type DashboardFile } from '../../dashboards/protocol.ts';
import type { DashboardSpec } from '../../model/dashboard-spec.ts';

/** As the server takes them. */
const FILE_BYTES_MAX = 256 * 1024;

/** Gives the browser a file with the dashboard to keep. */
export function downloadDashboard(spec: DashboardSpec): void {
  const file: DashboardFile = { v: DASHBOARD_VERSION, spec };
  const url = URL.createObjectURL(
    new Blob([`${JSON.stringify(file, null, 2)}\n`], { type: 'application/json' }),
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = `${fileName(spec.title)}.json`;
  link.click();
  URL.revokeObjectURL(url);
}

/** What a file has, which may be anything. @throws Error when it is no JSON, or too large for a dashboard */
export async function readDashboardFile(file: File): Promise<unknown> {
  if (file.size > FILE_BYTES_MAX) {
    throw new Error(
      `${file.name} is larger than ${FILE_BYTES_MAX} bytes, the most that a dashboard has.`,
    );
  }
  try {
    return JSON.parse(await file.text());
  } catch (cause) {
    throw new Error(`${file.name} is no JSON.`, { cause });
  }
}

function fileName(title: string): string {
  const words = title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-');
  return words.replaceAll(/^-|-$/g, '') || 'dashboard';
}
