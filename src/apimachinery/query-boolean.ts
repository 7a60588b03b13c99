/** Go's reading of a boolean query parameter: present without a value, or anything but `0` and `false` in any case (Python writes `True`). Source: apimachinery pkg/runtime/converter.go. */
export function isTrue(value: string | null | undefined): boolean {
  return value !== undefined && value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** The spellings of Go's own reader of booleans alone; any other text is false. Source: strconv.ParseBool. */
export function parsesAsTrue(text: string): boolean {
  return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text);
}
