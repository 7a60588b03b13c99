let waiting = 0;

/** Resolves once what waits at the sockets has had its turn: between pieces of work that nobody waits for. */
export function nextTurn(): Promise<void> {
  waiting++;
  return new Promise((resolve) => {
    setImmediate(() => {
      waiting--;
      resolve();
    });
  });
}

/** Whether somebody in this process waits for `nextTurn`: a virtual clock stands still until nobody does. */
export function isTurnAwaited(): boolean {
  return waiting > 0;
}
