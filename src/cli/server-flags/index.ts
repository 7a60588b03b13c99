/** The flags of `kubets server`: their names, what they take, and the options they become. */
export { applyConfigFile } from './config-file.ts';
export { addServerFlags, type ServerFlags } from './flags.ts';
export { serverOptions } from './options.ts';
