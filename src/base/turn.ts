/** Resolves once what waits at the sockets has had its turn: between pieces of work that nobody waits for. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
