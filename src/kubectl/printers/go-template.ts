import { isObject } from '../../apimachinery/patch/json.ts';
import { CommandError } from '../errors.ts';
import { goFormat } from './go-format.ts';
import { callFunction, isTrue } from './go-template-functions.ts';
import { parseGoTemplate, type Argument, type Block, type Node, type Pipeline } from './go-template-parse.ts';

interface Scope {
  readonly variables: Map<string, unknown>;
  readonly parent: Scope | undefined;
}

/** Ends a turn of a range; `text` is what the turn had printed. */
class Jump extends Error {
  text = '';
  readonly ends: boolean;

  constructor(ends: boolean) {
    super('break or continue outside of a range');
    this.ends = ends;
  }
}

/** Go's text/template over JSON data, as far as `-o go-template` is used: actions, variables, pipelines, `if`, `range`, `with`, functions. */
export class GoTemplate {
  readonly #text: string;
  readonly #nodes: readonly Node[];
  readonly #allowsMissing: boolean;

  constructor(text: string, options: { allowsMissing: boolean }) {
    this.#text = text;
    this.#nodes = parseGoTemplate(text);
    this.#allowsMissing = options.allowsMissing;
  }

  render(data: unknown): string {
    const scope: Scope = { variables: new Map([['$', data]]), parent: undefined };
    try {
      return this.#run(this.#nodes, data, scope);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new CommandError(`error executing template ${JSON.stringify(this.#text)}: ${error.message}`, { cause: error });
    }
  }

  #run(nodes: readonly Node[], dot: unknown, scope: Scope): string {
    let text = '';
    try {
      for (const node of nodes) text += this.#node(node, dot, scope);
    } catch (error) {
      if (error instanceof Jump) error.text = text + error.text;
      throw error;
    }
    return text;
  }

  #node(node: Node, dot: unknown, scope: Scope): string {
    switch (node.kind) {
      case 'text': return node.text;
      case 'break': throw new Jump(true);
      case 'continue': throw new Jump(false);
      case 'action': {
        const value = this.#pipeline(node.pipeline, dot, scope);
        return node.pipeline.variables.length > 0 ? '' : value === undefined ? '<no value>' : goFormat(value);
      }
      case 'if': {
        const inner: Scope = { variables: new Map(), parent: scope };
        const branch = isTrue(this.#pipeline(node.pipeline, dot, inner)) ? node.body : node.otherwise;
        return this.#run(branch, dot, inner);
      }
      case 'with': {
        const inner: Scope = { variables: new Map(), parent: scope };
        const value = this.#pipeline(node.pipeline, dot, inner);
        return isTrue(value) ? this.#run(node.body, value, inner) : this.#run(node.otherwise, dot, inner);
      }
      case 'range': return this.#range(node, dot, scope);
    }
  }

  #range(node: Block, dot: unknown, scope: Scope): string {
    const { variables } = node.pipeline;
    const value = this.#pipeline({ ...node.pipeline, variables: [] }, dot, scope);
    const entries = entriesOf(value);
    if (entries.length === 0) return this.#run(node.otherwise, dot, { variables: new Map(), parent: scope });
    let text = '';
    for (const [key, one] of entries) {
      const inner: Scope = { variables: new Map(), parent: scope };
      if (variables.length === 1) inner.variables.set(variables[0] ?? '', one);
      if (variables.length === 2) {
        inner.variables.set(variables[0] ?? '', key);
        inner.variables.set(variables[1] ?? '', one);
      }
      try {
        text += this.#run(node.body, one, inner);
      } catch (error) {
        if (!(error instanceof Jump)) throw error;
        text += error.text;
        if (error.ends) break;
      }
    }
    return text;
  }

  #pipeline(pipeline: Pipeline, dot: unknown, scope: Scope): unknown {
    let value: unknown;
    pipeline.commands.forEach((command, index) => {
      value = this.#command(command, dot, scope, index > 0 ? [value] : []);
    });
    for (const name of pipeline.variables) this.#assign(name, value, scope, pipeline.declares);
    return value;
  }

  #assign(name: string, value: unknown, scope: Scope, declares: boolean): void {
    for (let at: Scope | undefined = scope; !declares && at; at = at.parent) {
      if (at.variables.has(name)) return void at.variables.set(name, value);
    }
    scope.variables.set(name, value);
  }

  #command(command: readonly Argument[], dot: unknown, scope: Scope, piped: readonly unknown[]): unknown {
    const [first, ...rest] = command;
    if (first?.kind !== 'function') return first ? this.#argument(first, dot, scope) : undefined;
    const values = (): unknown[] => [...rest.map((argument) => this.#argument(argument, dot, scope)), ...piped];
    if (first.name === 'and' || first.name === 'or') return shortCircuit(first.name, rest.map((argument) => () => this.#argument(argument, dot, scope)), piped);
    return callFunction(first.name, values());
  }

  #argument(argument: Argument, dot: unknown, scope: Scope): unknown {
    switch (argument.kind) {
      case 'literal': return argument.value;
      case 'function': return callFunction(argument.name, []);
      case 'pipeline': return this.#fields(this.#pipeline(argument.pipeline, dot, scope), argument.fields);
      case 'field': return this.#fields(dot, argument.fields);
      case 'variable': {
        for (let at: Scope | undefined = scope; at; at = at.parent) if (at.variables.has(argument.name)) return this.#fields(at.variables.get(argument.name), argument.fields);
        throw new CommandError(`undefined variable ${JSON.stringify(argument.name)}`);
      }
    }
  }

  #fields(start: unknown, fields: readonly string[]): unknown {
    let value = start;
    for (const field of fields) {
      if (value === undefined || value === null) {
        if (value === null) throw new CommandError(`nil data; no entry for key ${JSON.stringify(field)}`);
        return undefined;
      }
      if (!isObject(value)) throw new CommandError(`can't evaluate field ${field} in type interface {}`);
      if (!Object.hasOwn(value, field) && !this.#allowsMissing) throw new CommandError(`map has no entry for key ${JSON.stringify(field)}`);
      value = Object.hasOwn(value, field) ? value[field] : undefined;
    }
    return value;
  }
}

/** A whole number is as many turns. */
function entriesOf(value: unknown): [unknown, unknown][] {
  if (typeof value === 'number' && Number.isInteger(value)) return Array.from({ length: Math.max(value, 0) }, (_, index) => [index, index]);
  if (Array.isArray(value)) return value.map((one, index) => [index, one]);
  return isObject(value) ? Object.keys(value).sort().map((key) => [key, value[key]]) : [];
}

function shortCircuit(name: string, values: readonly (() => unknown)[], piped: readonly unknown[]): unknown {
  let value: unknown;
  for (const next of [...values, ...piped.map((one) => () => one)]) {
    value = next();
    if (isTrue(value) !== (name === 'and')) return value;
  }
  return value;
}
