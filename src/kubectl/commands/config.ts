import type { Command } from '../command.ts';
import { deleteCluster, deleteContext, deleteUser, renameContext, useContext } from './config/contexts.ts';
import { currentContext, getClusters, getContexts, getUsers, view } from './config/show.ts';
import { setCluster, setContext, setCredentials } from './config/set-entries.ts';
import { setProperty, unsetProperty } from './config/properties.ts';

export const config: Command = {
  name: 'config', usage: 'SUBCOMMAND', summary: 'Modify kubeconfig files', flags: {},
  subcommands: [
    currentContext, deleteCluster, deleteContext, deleteUser, getClusters, getContexts, getUsers, renameContext, setProperty, setCluster, setContext, setCredentials, unsetProperty, useContext, view,
  ],
};
