/** The first name that is there twice; undefined: each is there once. */
export function duplicateName(named: readonly { readonly name: string }[]): string | undefined {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
