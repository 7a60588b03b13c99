const SHORT: Readonly<Record<string, string>> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };

/** Access modes as columns print them: `RWO,ROX`, each once, in this order. */
export function accessModesText(modes: readonly string[] | undefined): string {
  return Object.keys(SHORT).filter((mode) => modes?.includes(mode)).map((mode) => SHORT[mode]).join(',');
}
