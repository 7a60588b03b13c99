import { createHash } from 'node:crypto';

/** A number below 2^48 for a flow, the same each time. */
export function flowHash(schema: string, distinguisher: string): number {
  return createHash('sha256').update(`${schema}\0${distinguisher}`).digest().readUIntBE(0, 6);
}

/**
 * The queues that a flow may wait in: `handSize` of `deckSize`, dealt by the flow's hash, so that two flows seldom share all of them.
 * Source: KEP-1040, "Shuffle Sharding".
 */
export function dealtQueues(hash: number, deckSize: number, handSize: number): number[] {
  const hand: number[] = [];
  let rest = hash;
  for (let dealt = 0; dealt < handSize; dealt++) {
    const left = deckSize - dealt;
    let card = rest % left;
    rest = Math.floor(rest / left);
    // Cards already dealt are passed over, the lowest first.
    for (const known of [...hand].sort((a, b) => a - b)) if (known <= card) card++;
    hand.push(card);
  }
  return hand;
}
