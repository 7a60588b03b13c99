import { type Component, isAbort } from '../base/lifecycle.ts';

/** Whether it has started: it has not when it was asked to stop before it could, which is no fault. */
export async function hasStarted(component: Component, signal: AbortSignal): Promise<boolean> {
  try {
    await component.start(signal);
    return true;
  } catch (error) {
    if (isAbort(error, signal)) return false;
    throw error;
  }
}
