import type { Command } from '../command.ts';
import { apply } from './apply.ts';
import { cordon, uncordon } from './cordon.ts';
import { create } from './create.ts';
import { deleteCommand } from './delete.ts';
import { drain } from './drain.ts';
import { attach, exec } from './exec.ts';
import { get } from './get.ts';
import { annotate, label } from './label.ts';
import { logs } from './logs.ts';
import { patch } from './patch.ts';
import { replace } from './replace.ts';
import { scale } from './scale.ts';
import { taint } from './taint.ts';

export const commands: readonly Command[] = [annotate, apply, attach, cordon, create, deleteCommand, drain, exec, get, label, logs, patch, replace, scale, taint, uncordon];
