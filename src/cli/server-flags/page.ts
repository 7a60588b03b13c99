import { Command } from 'commander';
import { addServerFlags } from './flags.ts';

const HEAD = `# The flags of \`kubets server\`

Names and meanings are kube-apiserver's and kube-controller-manager's where these have such a flag. Every one of them can stand in a YAML file, by its name without the dashes, which \`--config\` names; what the
command line says wins. Lists may be YAML lists, pairs may be mappings. A key that is no flag, and a value that a flag refuses, is one clear error.

    # kubets.yaml
    port: 6443
    controllers: ['*', -job-controller]
    feature-gates: {WatchList: false}
    audit-policy-file: /etc/kubets/audit.yaml

This page is written by \`node scripts/flags-page.ts\`; a test fails when it is older than the code. [security.md](security.md) tells how they work together.
`;

/** \`docs/flags.md\`, from the flags themselves. */
export function flagsPage(): string {
  const command = new Command('server');
  addServerFlags(command);
  const groups = Map.groupBy(command.options.filter(({ hidden }) => !hidden), ({ helpGroupHeading }) => (helpGroupHeading ?? 'More').replace(/:$/, ''));
  const sections = [...groups].map(([title, options]) => {
    const rows = options.map(({ flags, description, defaultValue, defaultValueDescription }) => `| \`${flags}\` | ${cell(description)} | ${defaultValue === undefined ? '' : `\`${defaultValueDescription ?? ''}\``} |`);
    return `## ${title}\n\n| flag | what it does | default |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `${HEAD}\n${sections.join('\n')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
