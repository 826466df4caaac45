import { type CatalogueMeasurement, decodeShape, metricName } from '@overseer/shared';

/** Of all texts together; beyond it they are made again. */
const CHARACTERS_MAX = 32 * 1024 ** 2;

interface ShapeText {
  readonly shape: Buffer;
  readonly text: string;
}

/** Fields and tags of measurements as JSON, kept from answer to answer: making them anew would be most of the work for one. */
export class ShapeTexts {
  readonly #texts = new Map<string, ShapeText>();
  #characters = 0;

  /** Properties of an object, without its braces. */
  of({ db, name, shape }: CatalogueMeasurement): string {
    const key = `${db}\0${name}`;
    const known = this.#texts.get(key);
    if (known?.shape.equals(shape)) return known.text;
    const text = propertiesOf(name, shape);
    this.#characters += text.length - (known?.text.length ?? 0);
    if (this.#characters > CHARACTERS_MAX) {
      this.#texts.clear();
      this.#characters = text.length;
    }
    // A copy: what comes from a socket is a view on the whole message.
    this.#texts.set(key, { shape: Buffer.from(shape), text });
    return text;
  }
}

function propertiesOf(measurement: string, shape: Uint8Array): string {
  const { fields, tagKeys, tagValueCounts } = decodeShape(shape);
  const json = JSON.stringify({
    name: measurement,
    fields: fields.map((field) => ({ ...field, metric: metricName(measurement, field.name) })),
    tagKeys,
    tagValueCounts: Object.fromEntries(tagKeys.map((key, i) => [key, tagValueCounts[i]])),
  });
  return json.slice(1, -1);
}
