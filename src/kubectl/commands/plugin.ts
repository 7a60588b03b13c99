import { basename } from 'node:path';
import type { Command } from '../command.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { isExecutable, pluginPaths } from '../plugins.ts';

export const plugin: Command = {
  name: 'plugin', usage: '[flags]', summary: 'Provides utilities for interacting with plugins', flags: {},
  subcommands: [
    {
      name: 'list', usage: '', summary: 'List all visible plugin executables on a user\'s PATH', flags: { 'name-only': flag.bool('If true, display only the binary name of each plugin, rather than its full path') },
      run: async (context) => {
        const paths = pluginPaths(context.io.env, (folder, why) => context.err(`Unable to read directory ${JSON.stringify(folder)} from your PATH: open ${folder}: ${why}. Skipping...\n`));
        if (paths.length === 0) throw new CommandError('unable to find any kubectl plugins in your PATH');
        context.out('The following compatible plugins are available:\n\n');
        let warnings = 0;
        const seen = new Map<string, string>();
        for (const path of paths) {
          const name = basename(path);
          context.out(`${context.flags.bool('name-only') ? name : path}\n`);
          const earlier = seen.get(name);
          if (!isExecutable(path)) context.err(`  - warning: ${path} identified as a kubectl plugin, but it is not executable\n`);
          else if (earlier !== undefined) context.err(`  - warning: ${path} is overshadowed by a similarly named plugin: ${earlier}\n`);
          else seen.set(name, path);
          if (seen.get(name) !== path) warnings++;
        }
        if (warnings > 0) throw new CommandError(warnings === 1 ? 'one plugin warning was found' : `${warnings} plugin warnings were found`);
      },
    },
  ],
};
