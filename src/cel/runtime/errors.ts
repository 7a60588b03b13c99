/** An expression has no value; the message is cel-go's. */
export class EvaluationError extends Error {
  override readonly name: string = 'EvaluationError';
  /** What evaluation had cost when it ended. */
  cost = 0;
}

/** Evaluation has cost more than it may; it is not to be absorbed by `||` and `&&`. */
export class CostLimitError extends EvaluationError {
  override readonly name = 'CostLimitError';

  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

export function noSuchOverload(): EvaluationError {
  return new EvaluationError('no such overload');
}

export function noSuchKey(key: unknown): EvaluationError {
  return new EvaluationError(`no such key: ${String(key)}`);
}
