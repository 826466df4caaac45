/** Quantities as Kubernetes writes them: `500m`, `1.5`, `256Mi`, `2e3`. */

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
};

/** By name of a resource: numbers in cores, bytes or pieces. */
export type Amounts = Readonly<Record<string, number>>;

/**
 * @returns cores, bytes or pieces
 * @throws RangeError for what is no quantity
 */
export function parseQuantity(quantity: string | number): number {
  if (typeof quantity === 'number') return quantity;
  const match = /^(?<digits>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?<suffix>[a-zA-Z]*)$/.exec(
    quantity,
  );
  const factor = SUFFIXES[match?.groups?.suffix ?? '?'];
  if (!match || factor === undefined) {
    throw new RangeError(`"${quantity}" is no quantity; write one like 500m, 2 or 256Mi`);
  }
  return Number(match.groups?.digits) * factor;
}

/** All of them as numbers. */
export function parseQuantities(
  quantities: Readonly<Record<string, string | number>> = {},
): Record<string, number> {
  const parsed = Object.entries(quantities).map(([name, quantity]) => [
    name,
    parseQuantity(quantity),
  ]);
  return Object.fromEntries(parsed);
}

/** For messages: what is measured in bytes in binary units, cores below one in thousandths. */
export function formatQuantity(resource: string, amount: number): string {
  if (/memory|storage/.test(resource)) return formatBinary(amount);
  const rounded = Math.round(amount * 1000) / 1000;
  return Number.isInteger(rounded) ? String(rounded) : `${Math.round(rounded * 1000)}m`;
}

function formatBinary(bytes: number): string {
  for (const suffix of ['Ti', 'Gi', 'Mi', 'Ki']) {
    const amount = bytes / (SUFFIXES[suffix] ?? 1);
    // Two digits behind the point, at the most, so that a sum stays what its parts add up to.
    if (amount >= 1) return `${Math.round(amount * 100) / 100}${suffix}`;
  }
  return String(bytes);
}

/** Each resource of both, added. */
export function addAmounts(one: Amounts, other: Amounts): Amounts {
  return combine(one, other, (a, b) => a + b);
}

/** Each resource of both, the larger amount. */
export function largerAmounts(one: Amounts, other: Amounts): Amounts {
  return combine(one, other, Math.max);
}

function combine(one: Amounts, other: Amounts, by: (a: number, b: number) => number): Amounts {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, by(one[name] ?? 0, other[name] ?? 0)]));
}

/** Each resource as often as told. */
export function multiplyAmounts(amounts: Amounts, times: number): Amounts {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => [name, amount * times]),
  );
}
