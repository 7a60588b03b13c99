/** As the database of zones writes them; digits and `+` are those of old names. Source: pkg/apis/batch/validation, validTimeZoneCharacters. */
const NAME = /^[A-Z][A-Za-z0-9_.+-]{0,13}(\/[A-Z][A-Za-z0-9_.+-]{0,13})*$/;

/**
 * Whether a zone has this name in the database of zones. Go finds them by the names of their files, so that offsets (`+01:00`) are none, and upper and lower case
 * must be right. Source: time.LoadLocation.
 */
export function isTimeZone(name: string): boolean {
  if (!NAME.test(name)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    // Of names that stand for others, only those others are told.
    return timeZone.toLowerCase() !== name.toLowerCase() || timeZone === name;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
