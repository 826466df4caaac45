import { type Bucket, encodeRetentions, RETENTIONS_KEY, type Retentions } from '@overseer/shared';

/**
 * Tells ingress how long points are kept, so that it refuses what would not be stored; does nothing when the bucket says so already.
 * Stores that are set differently would correct each other for ever: RETENTION must be the same for all.
 */
export async function putRetentions(control: Bucket, retentions: Retentions): Promise<void> {
  const value = encodeRetentions(retentions);
  const known = await control.get(RETENTIONS_KEY);
  if (known?.value && Buffer.compare(known.value, value) === 0) return;
  await control.put(RETENTIONS_KEY, value);
}
