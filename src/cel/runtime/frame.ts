import { CostLimitError, type EvaluationError } from './errors.ts';
import type { Value } from './values.ts';

/** The value of a variable; undefined if it is not set. A variable's value may be found when it is first asked for; `frame` is then the asker's, for what that costs. */
export type Variables = (name: string, frame: Frame) => Value | undefined;

/** One evaluation: its variables, those of its comprehensions by their slots, and what it has cost. */
export class Frame {
  readonly variables: Variables;
  readonly slots: (Value | EvaluationError)[] = [];
  readonly limit: number;
  cost = 0;

  constructor(variables: Variables, limit: number) {
    this.variables = variables;
    this.limit = limit;
  }

  /** Throws CostLimitError. */
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.limit) throw new CostLimitError();
  }
}

export type Evaluate = (frame: Frame) => Value;
