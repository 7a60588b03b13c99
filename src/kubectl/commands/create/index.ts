import type { Command } from '../../command.ts';
import { configmap, secret } from './configuration.ts';
import { clusterrole, clusterrolebinding, role, rolebinding, serviceaccount, token } from './identities.ts';
import { namespace, pdb, priorityclass, quota } from './policies.ts';
import { ingress, service } from './services.ts';
import { cronjob, deployment, job } from './workloads.ts';

export const createSubcommands: readonly Command[] = [
  clusterrole, clusterrolebinding, configmap, cronjob, deployment, ingress, job, namespace, pdb, priorityclass, quota, role, rolebinding, secret, service, serviceaccount, token,
];
