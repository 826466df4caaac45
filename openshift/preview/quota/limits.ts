/** What a LimitRange makes of the containers of a project, and what it refuses. */
import type { Container, KubernetesObject, PodSpec, Quantities } from '../objects.ts';
import {
  type Amounts,
  addAmounts,
  formatQuantity,
  largerAmounts,
  parseQuantities,
} from './quantity.ts';

interface LimitItem {
  readonly type: string;
  readonly default?: Quantities;
  readonly defaultRequest?: Quantities;
  readonly min?: Quantities;
  readonly max?: Quantities;
  readonly maxLimitRequestRatio?: Quantities;
}

/** What a container, or a pod, asks for and may use. */
export interface Demand {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** The LimitRanges of a project; containers are defaulted by the API server's rules before anything counts them. */
export class Limits {
  readonly #items: readonly LimitItem[];

  /** @param objects of any kind; what is no LimitRange is passed over */
  constructor(objects: readonly KubernetesObject[]) {
    this.#items = objects
      .filter(({ kind }) => kind === 'LimitRange')
      .flatMap(({ spec }) => (spec as { limits?: LimitItem[] }).limits ?? []);
  }

  /** What the containers of a pod come to: those that run together added, and no less than the largest that runs before them. */
  demandOf(pod: PodSpec): Demand {
    const before = pod.initContainers ?? [];
    const lasting = [
      ...(pod.containers ?? []),
      ...before.filter(({ restartPolicy }) => restartPolicy === 'Always'),
    ].map((container) => this.demandOfContainer(container));
    const passing = before
      .filter(({ restartPolicy }) => restartPolicy !== 'Always')
      .map((container) => this.demandOfContainer(container));
    const total = (part: keyof Demand) => {
      const sum = lasting.map((demand) => demand[part]).reduce(addAmounts, {});
      return passing.map((demand) => demand[part]).reduce(largerAmounts, sum);
    };
    return { requests: total('requests'), limits: total('limits') };
  }

  /** A limit without a request is the request too; then come the LimitRange's defaults. */
  demandOfContainer({ resources = {} }: Container): Demand {
    const own = parseQuantities(resources.limits);
    const limits = { ...this.#defaults('default'), ...own };
    const requests = {
      ...this.#defaults('defaultRequest'),
      ...own,
      ...parseQuantities(resources.requests),
    };
    return { requests, limits };
  }

  /** As the API server fills them in: a default limit is the maximum unless told, a default request the default limit, or the minimum. */
  #defaults(which: 'default' | 'defaultRequest'): Record<string, number> {
    const items = this.#items.filter(({ type }) => type === 'Container');
    return Object.assign(
      {},
      ...items.map((item) => {
        const limits = { ...parseQuantities(item.max), ...parseQuantities(item.default) };
        if (which === 'default') return limits;
        return {
          ...parseQuantities(item.min),
          ...limits,
          ...parseQuantities(item.defaultRequest),
        };
      }),
    );
  }

  /** What admission would refuse of a pod. @returns a sentence for each reason */
  refusals(pod: PodSpec): string[] {
    const containers = [...(pod.containers ?? []), ...(pod.initContainers ?? [])].flatMap(
      (container) =>
        this.#refusalsOf('Container', this.demandOfContainer(container), `its ${container.name}`),
    );
    return [...containers, ...this.#refusalsOf('Pod', this.demandOf(pod), 'the pod')];
  }

  /** What admission would refuse of a volume. @param storageBytes that it asks for */
  refusalsOfVolume(storageBytes: number): string[] {
    const demand = { requests: { storage: storageBytes }, limits: { storage: storageBytes } };
    return this.#refusalsOf('PersistentVolumeClaim', demand, 'the volume');
  }

  #refusalsOf(type: string, { requests, limits }: Demand, whose: string): string[] {
    return this.#items
      .filter((item) => item.type === type)
      .flatMap((item) => [
        ...outside(item.min, requests, (amount, min) => amount < min).map(
          ([name, amount, min]) =>
            `${whose} requests ${formatQuantity(name, amount)} of ${name}, less than the LimitRange's minimum of ${formatQuantity(name, min)}`,
        ),
        ...outside(item.max, limits, (amount, max) => amount > max).map(
          ([name, amount, max]) =>
            `${whose} may use ${formatQuantity(name, amount)} of ${name}, more than the LimitRange's maximum of ${formatQuantity(name, max)}`,
        ),
        ...outside(
          item.maxLimitRequestRatio,
          ratios(limits, requests),
          (ratio, max) => ratio > max,
        ).map(
          ([name, ratio, max]) =>
            `${whose} may use ${Math.round(ratio * 10) / 10} times the ${name} that it requests, more than the LimitRange's ratio of ${max}`,
        ),
      ]);
  }
}

function ratios(limits: Amounts, requests: Amounts): Amounts {
  return Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => [name, limit / (requests[name] ?? limit)]),
  );
}

/** Resources whose amount is outside of a bound: name, amount, bound. */
function outside(
  bounds: Quantities | undefined,
  amounts: Amounts,
  isOutside: (amount: number, bound: number) => boolean,
): [string, number, number][] {
  return Object.entries(parseQuantities(bounds)).flatMap(([name, bound]) => {
    const amount = amounts[name];
    return amount !== undefined && isOutside(amount, bound)
      ? [[name, amount, bound] as [string, number, number]]
      : [];
  });
}
