import type { Command } from '../command.ts';
import { setPreference } from './kuberc/set.ts';
import { viewPreference } from './kuberc/view.ts';

export const kuberc: Command = { name: 'kuberc', usage: 'SUBCOMMAND', summary: 'Manage user preferences (kuberc) file', flags: {}, subcommands: [setPreference, viewPreference] };
