/** How much longer than usual to wait, for machines that are emulated: `KUBETS_TEST_PATIENCE`, 1 without it. */
const factor = Number(process.env.KUBETS_TEST_PATIENCE ?? 1);

export function patient(ms: number): number {
  return ms * factor;
}
