import { StatusError } from '../../../apimachinery/status.ts';
import { DRY_RUN_FLAG, PRINT_FLAGS, type Command, type CommandContext, fieldManagerFlag } from '../../command.ts';
import { dryRunOf, dryRunQuery, dryRunSuffix } from '../../dry-run.ts';
import { CommandError, UsageError } from '../../errors.ts';
import { flag, type FlagSpecs } from '../../flags.ts';
import type { KubeJson } from '../../kube-json.ts';
import { withLastApplied } from '../../last-applied.ts';
import { printResult } from '../../printers/object-printer.ts';

/** A command that makes one object of its flags: `kubectl create configmap NAME --from-literal=a=b`. */
export function generator(options: {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly usage: string;
  readonly summary: string;
  readonly flags: FlagSpecs;
  /** Flags that must be given, which is told before a missing name is. */
  readonly required?: readonly string[];
  /** Before what the server says against it: `failed to create configmap: `. */
  readonly failure?: string;
  make(context: CommandContext, name: string): KubeJson | Promise<KubeJson>;
}): Command {
  return {
    ...options,
    flags: {
      ...PRINT_FLAGS, ...DRY_RUN_FLAG, ...fieldManagerFlag('kubectl-create'), ...options.flags,
      'save-config': flag.bool('If true, the configuration of current object will be saved in its annotation.'),
      validate: flag.string('Must be one of: strict (or true), warn, ignore (or false).', { default: 'strict', ifBare: 'strict' }),
    },
    run: async (context) => {
      const missing = (options.required ?? []).filter((name) => !context.flags.has(name));
      if (missing.length > 0) throw new CommandError(`required flag(s) ${missing.map((name) => JSON.stringify(name)).join(', ')} not set`);
      const plain = await options.make(context, nameArgument(context));
      const isHashed = context.flags.knows('append-hash') && context.flags.bool('append-hash');
      const made = isHashed ? { ...plain, metadata: { ...plain.metadata, name: `${plain.metadata.name}-${await contentHash(plain)}` } } : plain;
      try {
        await createMade(context, context.flags.bool('save-config') ? withLastApplied(made) : made);
      } catch (error) {
        if (options.failure && StatusError.is(error)) throw new CommandError(options.failure + error.message, { cause: error });
        throw error;
      }
    },
  };
}

/** Of a ConfigMap or Secret, its name included. Source: kubectl pkg/util/hash. */
async function contentHash({ kind, metadata, data, binaryData, type }: KubeJson): Promise<string> {
  const { shortHash } = await import('../../kustomize/generators.ts');
  return shortHash({ kind, name: metadata.name, data: data ?? {}, ...(binaryData !== undefined && { binaryData }), ...(kind === 'Secret' && { type: type ?? '' }) });
}

export function nameArgument(context: CommandContext): string {
  const count = context.argsBeforeDash >= 0 ? context.argsBeforeDash : context.args.length;
  if (count !== 1) throw new UsageError(`exactly one NAME is required, got ${count}`);
  return context.args[0] ?? '';
}

/** Posts it (or shows it, with `--dry-run=client`) and says so: `configmap/a created`. */
export async function createMade(context: CommandContext, made: KubeJson, verb = 'created', { isSilent = false }: { readonly isSilent?: boolean } = {}): Promise<KubeJson> {
  const { connection, flags } = context;
  const dryRun = dryRunOf(flags);
  const resource = (await connection.mapper()).forKind(made.apiVersion ?? '', made.kind ?? '');
  const isPlaced = resource.namespaced && (dryRun !== 'client' || flags.has('namespace'));
  const object: KubeJson = isPlaced ? { ...made, metadata: { ...made.metadata, namespace: connection.namespace } } : made;
  const query = { fieldManager: flags.string('field-manager'), fieldValidation: 'Strict', ...dryRunQuery(dryRun) };
  const created = dryRun === 'client' ? object : ((await connection.request({ method: 'POST', path: connection.collection(resource, resource.namespaced ? connection.namespace : undefined), query, body: object })) as KubeJson);
  if (!isSilent) printResult(context, resource, { apiVersion: made.apiVersion ?? '', kind: made.kind ?? '', ...created }, `${verb}${dryRunSuffix(dryRun)}`);
  return created;
}
