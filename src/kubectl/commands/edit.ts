import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObject, jsonEqual } from '../../apimachinery/patch/json.ts';
import { StatusError } from '../../apimachinery/status.ts';
import { FILE_FLAGS, PRINT_FLAGS, type Command, type CommandContext, fieldManagerFlag } from '../command.ts';
import { CommandError, errorText } from '../errors.ts';
import { flag } from '../flags.ts';
import type { KubeJson } from '../kube-json.ts';
import { withLastApplied } from '../last-applied.ts';
import { printResult, sortKeys } from '../printers/object-printer.ts';
import { yamlText } from '../../apimachinery/codec/yaml.ts';
import { parseDocuments } from '../resources/documents.ts';
import { type Info, labelOf, visitObjects } from '../resources/select.ts';
import { twoWayPatch } from '../three-way.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

const HEADER = '# Please edit the object below. Lines beginning with a \'#\' will be ignored,\n# and an empty file will abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant failures.\n#\n';

export const edit: Command = {
  name: 'edit', usage: '(RESOURCE/NAME | -f FILENAME)', summary: 'Edit a resource on the server',
  flags: {
    ...PRINT_FLAGS, ...FILE_FLAGS, ...fieldManagerFlag('kubectl-edit'), 'output-patch': flag.bool('Output the patch if the resource is edited.'), 'save-config': flag.bool('If true, the configuration of current object will be saved in its annotation.'),
    subresource: flag.string('If specified, edit will operate on the subresource of the requested object.'), validate: flag.string('Must be one of: strict (or true), warn, ignore (or false).', { default: 'strict', ifBare: 'strict' }), 'windows-line-endings': flag.bool('Accepted for compatibility.'),
  },
  run: async (context) => {
    const infos: Info[] = [];
    await visitObjects(context, async (info) => void infos.push(info));
    if (infos.length === 0) throw new CommandError('no objects to edit');
    return editObjects(context, infos, (info, edited) => writeBack(context, info, edited));
  },
};

/** Writes back what the editor left of an object. */
type WriteBack = (info: Info, edited: KubeJson) => Promise<void>;

/** `isNew`: the objects are not there yet, and may stay as they are. */
export async function editObjects(context: CommandContext, infos: readonly Info[], write: WriteBack, isNew = false): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-edit-'));
  try {
    return await editAll(context, infos, { write, isNew, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opens the editor until the server takes what it left, or nothing was changed. Resolves with the exit code. */
async function editAll(context: CommandContext, infos: readonly Info[], { write, isNew, folder }: { readonly write: WriteBack; readonly isNew: boolean; readonly folder: string }): Promise<number> {
  const isJson = context.flags.string('output') === 'json';
  const file = join(folder, isJson ? 'edit.json' : 'edit.yaml');
  const objects = infos.map((info) => withoutManaged(context, info.object));
  const whole: unknown = objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
  const original = isJson ? `${stringifyWhole(sortKeys(whole), null, 4)}\n` : yamlText(whole);
  let body = original;
  let complaint = '';
  let previous = '';
  for (;;) {
    writeFileSync(file, HEADER + complaint + body);
    await openEditor(context, file);
    body = withoutComments(readFileSync(file, 'utf8'));
    if (body.trim() === '') return cancelled(context, 'Edit cancelled, saved file was empty.');
    if (body === original && !isNew) return cancelled(context, 'Edit cancelled, no changes made.');
    if (complaint !== '' && body === previous) throw new CommandError(`Edit cancelled, no valid changes were saved.`);
    previous = body;
    try {
      await writeAll(context, infos, editedObjects(body), { write, isNew });
      return 0;
    } catch (error) {
      if (!(error instanceof CommandError) && !StatusError.is(error)) throw error;
      const text = errorText(error, '');
      context.err(`${text}\n`);
      complaint = `${text.split('\n').map((line) => `# ${line}\n`).join('')}#\n`;
    }
  }
}

function cancelled(context: CommandContext, message: string): number {
  context.err(`${message}\n`);
  return 0;
}

function withoutManaged(context: CommandContext, object: KubeJson): KubeJson {
  if (context.flags.bool('show-managed-fields')) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

const withoutComments = (text: string): string => text.split('\n').filter((line) => !line.startsWith('#')).join('\n');

function editedObjects(body: string): KubeJson[] {
  return parseDocuments(body, 'edited-file').flatMap((value) => {
    if (!isObject(value)) throw new CommandError("The edited file failed validation: it holds no object");
    return (value['kind'] === 'List' && Array.isArray(value['items']) ? value['items'] : [value]) as KubeJson[];
  });
}

async function writeAll(context: CommandContext, infos: readonly Info[], edited: readonly KubeJson[], { write, isNew }: { readonly write: WriteBack; readonly isNew: boolean }): Promise<void> {
  for (const [index, info] of infos.entries()) {
    const object = edited.find((one) => one.metadata?.name === info.name && one.kind === info.object.kind) ?? edited[index];
    if (!object) continue;
    if (object.metadata?.name !== info.name || object.kind !== info.object.kind) throw new CommandError('At least one of apiVersion, kind and name was changed');
    if (!isNew && jsonEqual(withoutManaged(context, info.object), object)) context.out(`${labelOf(info)} skipped\n`);
    else await write(info, object);
  }
}

async function writeBack(context: CommandContext, info: Info, edited: KubeJson): Promise<void> {
  const { connection, flags } = context;
  const { type, patch } = twoWayPatch(info.resource, withoutManaged(context, info.object), flags.bool('save-config') ? withLastApplied(edited) : edited);
  if (flags.bool('output-patch')) context.out(`Patch: ${stringifyWhole(patch)}\n`);
  const path = connection.path(info.resource, info.namespace, info.name, flags.string('subresource') || undefined);
  const result = await connection.patch(path, type, patch, { fieldManager: flags.string('field-manager'), fieldValidation: 'Strict' });
  printResult(context, info.resource, result, 'edited');
}

/** $KUBE_EDITOR, $EDITOR, or vi; the first two may have arguments. */
async function openEditor(context: CommandContext, file: string): Promise<void> {
  const { env } = context.io;
  const editor = env['KUBE_EDITOR'] || env['EDITOR'] || 'vi';
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'editor', file], { stdio: 'inherit', env });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new CommandError(`there was a problem with the editor ${JSON.stringify(editor)}`);
}
