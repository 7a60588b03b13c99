import type { Command } from '../command.ts';
import { apply } from './apply.ts';
import { config } from './config.ts';
import { cordon, uncordon } from './cordon.ts';
import { create } from './create.ts';
import { deleteCommand } from './delete.ts';
import { describe } from './describe.ts';
import { drain } from './drain.ts';
import { attach, exec } from './exec.ts';
import { get } from './get.ts';
import { annotate, label } from './label.ts';
import { logs } from './logs.ts';
import { patch } from './patch.ts';
import { portForward } from './port-forward.ts';
import { replace } from './replace.ts';
import { rollout } from './rollout.ts';
import { run } from './run.ts';
import { scale } from './scale.ts';
import { apiResources, apiVersions, version } from './server-info.ts';
import { taint } from './taint.ts';
import { wait } from './wait.ts';

export const commands: readonly Command[] = [
  annotate, apiResources, apiVersions, apply, attach, config, cordon, create, deleteCommand, describe, drain, exec, get, label, logs, patch, portForward, replace, rollout, run, scale, taint, uncordon, version, wait,
];
