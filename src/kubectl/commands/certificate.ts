import { hasReason } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import { FILE_FLAGS, PRINT_FLAGS, type Command, type CommandContext } from '../command.ts';
import { CommandError } from '../errors.ts';
import { flag } from '../flags.ts';
import { listAt } from '../kube-json.ts';
import { printResult } from '../printers/object-printer.ts';
import { type Info, visitObjects } from '../resources/select.ts';

const MAX_TRIES = 10;
const FLAGS = { ...PRINT_FLAGS, ...FILE_FLAGS, force: flag.bool('Update the CSR even if it is already approved or denied.') };

export const certificate: Command = {
  name: 'certificate', usage: 'SUBCOMMAND', summary: 'Modify certificate resources', flags: {}, alone: 'help',
  subcommands: [
    { name: 'approve', usage: '(-f FILENAME | NAME)', summary: 'Approve a certificate signing request', flags: FLAGS, run: (context) => decide(context, 'Approved') },
    { name: 'deny', usage: '(-f FILENAME | NAME)', summary: 'Deny a certificate signing request', flags: FLAGS, run: (context) => decide(context, 'Denied') },
  ],
};

type Decision = 'Approved' | 'Denied';

async function decide(context: CommandContext, decision: Decision): Promise<void> {
  const { args, flags } = context;
  if (args.length === 0 && flags.list('filename').length === 0) throw new CommandError('one or more CSRs must be specified as <name> or -f <filename>');
  const words = args.length === 0 || args.some((arg) => arg.includes('/')) ? args : ['certificatesigningrequests.v1.certificates.k8s.io', ...args];
  const count = await visitObjects(context, (info) => decideOne(context, info, decision), words);
  if (count === 0) context.out('No resources found\n');
}

async function decideOne(context: CommandContext, info: Info, decision: Decision): Promise<void> {
  const { connection, flags, io } = context;
  if (info.object.kind !== 'CertificateSigningRequest') throw new CommandError(`can only ${decision === 'Approved' ? 'approve' : 'deny'} certificate signing requests`);
  const verb = decision === 'Approved' ? 'approved' : 'denied';
  let { object } = info;
  for (let attempt = 1; ; attempt++) {
    const conditions = listAt(object, 'status', 'conditions');
    const opposite = decision === 'Approved' ? 'Denied' : 'Approved';
    if (conditions.some((one) => one['type'] === opposite)) throw new CommandError(`certificate signing request ${JSON.stringify(info.name)} is already ${opposite}`);
    if (!flags.bool('force') && conditions.some((one) => one['type'] === decision)) break;
    const now = formatTime(io.clock.now());
    const condition = { type: decision, status: 'True', reason: `Kubectl${decision === 'Approved' ? 'Approve' : 'Deny'}`, message: `This CSR was ${verb} by kubectl certificate ${decision === 'Approved' ? 'approve' : 'deny'}.`, lastUpdateTime: now };
    const status = { ...(object['status'] as object | undefined), conditions: [...conditions.filter((one) => one['type'] !== decision), condition] };
    try {
      await connection.request({ method: 'PUT', path: connection.path(info.resource, undefined, info.name, 'approval'), body: { ...object, status } });
      break;
    } catch (error) {
      if (!hasReason(error, 'Conflict') || attempt >= MAX_TRIES) throw error;
      object = await connection.get(info.resource, undefined, info.name);
    }
  }
  printResult(context, info.resource, object, verb);
}
