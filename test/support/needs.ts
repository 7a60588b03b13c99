/** Why a test that needs the machine cannot run here, for `skip`; false when it can. With CI set, throws instead: there, a skip is a failure. */
export function unless(condition: boolean, reason: string): string | false {
  if (condition) return false;
  if (process.env.CI) throw new Error(`with CI set nothing is skipped, but ${reason}`);
  return reason;
}
