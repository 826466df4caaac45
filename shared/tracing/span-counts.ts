/** What became of the spans that this thread has recorded: `dropped` found no room, `failed` the collector did not take. */
export const spanCounts = { exported: 0, failed: 0, dropped: 0 };
