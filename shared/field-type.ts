/** The five types that a field can have; the first write of a field fixes it. */
export type FieldType = 'float' | 'integer' | 'unsigned' | 'boolean' | 'string';

/** A type's position is its code on the wire and in the catalogue; 0 is no type. */
const TYPES_BY_CODE = [undefined, 'float', 'integer', 'unsigned', 'boolean', 'string'] as const;

const CODES: Readonly<Record<FieldType, number>> = {
  float: 1,
  integer: 2,
  unsigned: 3,
  boolean: 4,
  string: 5,
};

export interface Field {
  readonly name: string;
  readonly type: FieldType;
}

/** Code of a type, 1 to 5. */
export function fieldTypeCode(type: FieldType): number {
  return CODES[type];
}

/** Type of a code, or undefined when this version knows no such code. */
export function fieldTypeOfCode(code: unknown): FieldType | undefined {
  return typeof code === 'number' ? TYPES_BY_CODE[code] : undefined;
}
