const whole = new Intl.NumberFormat('en-GB');
const three = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat('en-GB', { style: 'percent', maximumSignificantDigits: 2 });

/** "12,345", "9.13"; a dash when nobody knows. */
export function formatAmount(amount: number | null): string {
  if (amount === null) return '–';
  return (Number.isInteger(amount) || amount >= 1000 ? whole : three).format(
    amount >= 1000 ? Math.round(amount) : amount,
  );
}

/** "1.2%"; a dash when nobody knows. */
export function formatShare(share: number | null): string {
  return share === null ? '–' : percent.format(share);
}
