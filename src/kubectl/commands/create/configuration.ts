import { readFileSync } from 'node:fs';
import type { Command } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import type { KubeJson } from '../../kube-json.ts';
import { encoded, gatherData } from './data.ts';
import { generator } from './generator.ts';

const SOURCES = {
  'from-file': flag.list('Key file can be specified using its file path.', { isWhole: false }),
  'from-literal': flag.list('Specify a key and literal value to insert (i.e. mykey=somevalue)', { isWhole: true }),
  'from-env-file': flag.list('Specify the path to a file to read lines of key=val pairs.'),
  'append-hash': flag.bool('Append a hash of the object to its name.'),
};

export const configmap: Command = generator({
  name: 'configmap', failure: 'failed to create configmap: ', aliases: ['cm'], usage: 'NAME [--from-file=[key=]source] [--from-literal=key1=value1]', summary: 'Create a config map from a local file, directory or literal value', flags: SOURCES,
  make: (context, name) => {
    const data: Record<string, string> = {};
    const binaryData: Record<string, string> = {};
    const words = { notAKey: 'is not a valid key name for a ConfigMap:', taken: (key: string) => `cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ConfigMap ${JSON.stringify(name)}` };
    for (const [key, value] of gatherData(context, words)) {
      if (Buffer.from(value.toString()).equals(value)) data[key] = value.toString();
      else binaryData[key] = value.toString('base64');
    }
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...(Object.keys(data).length > 0 && { data }), ...(Object.keys(binaryData).length > 0 && { binaryData }) };
  },
});

function readNamed(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CommandError(`Cannot read file ${path}, open ${path}: no such file or directory`, { cause: error });
  }
}

const SECRET_WORDS = { notAKey: 'is not valid key name for a Secret', taken: (key: string) => `cannot add key ${key}, another key by that name already exists` };

const secretOf = (name: string, data: Record<string, string>, type: string): KubeJson => ({
  apiVersion: 'v1', kind: 'Secret', metadata: { name }, ...(Object.keys(data).length > 0 && { data }), ...(type && { type }),
});

export const secret: Command = {
  name: 'secret', usage: '(docker-registry | generic | tls)', summary: 'Create a secret using a specified subcommand', flags: {},
  subcommands: [
    generator({
      name: 'generic', failure: 'failed to create secret ', usage: 'NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]', summary: 'Create a secret from a local file, directory, or literal value',
      flags: { ...SOURCES, type: flag.string('The type of secret to create') },
      make: (context, name) => secretOf(name, encoded(gatherData(context, SECRET_WORDS)), context.flags.string('type')),
    }),
    generator({
      name: 'tls', failure: 'failed to create secret ', usage: 'NAME --cert=path/to/cert/file --key=path/to/key/file', summary: 'Create a TLS secret',
      flags: { cert: flag.string('Path to PEM encoded public key certificate.'), key: flag.string('Path to private key associated with given certificate.'), 'append-hash': SOURCES['append-hash'] },
      make: (context, name) => {
        const { flags } = context;
        if (!flags.string('key') || !flags.string('cert')) throw new CommandError('key and cert must be specified');
        return secretOf(name, { 'tls.crt': readNamed(flags.string('cert')).toString('base64'), 'tls.key': readNamed(flags.string('key')).toString('base64') }, 'kubernetes.io/tls');
      },
    }),
    generator({
      name: 'docker-registry', failure: 'failed to create secret ', usage: 'NAME --docker-username=user --docker-password=password [--docker-server=string]', summary: 'Create a secret for use with a Docker registry',
      flags: {
        'docker-server': flag.string('Server location for Docker registry', { default: 'https://index.docker.io/v1/' }), 'docker-username': flag.string('Username for Docker registry authentication'),
        'docker-password': flag.string('Password for Docker registry authentication'), 'docker-email': flag.string('Email for Docker registry'), 'from-file': SOURCES['from-file'], 'append-hash': SOURCES['append-hash'],
      },
      make: (context, name) => {
        const { flags } = context;
        const [file] = flags.list('from-file');
        if (file) return secretOf(name, { '.dockerconfigjson': readFileSync(file.slice(file.indexOf('=') + 1)).toString('base64') }, 'kubernetes.io/dockerconfigjson');
        const [username, password, email] = [flags.string('docker-username'), flags.string('docker-password'), flags.string('docker-email')];
        if (!username || !password) throw new CommandError('either --from-file or the combination of --docker-username, --docker-password and --docker-server is required');
        const auth = Buffer.from(`${username}:${password}`).toString('base64');
        const config = { auths: { [flags.string('docker-server')]: { username, password, ...(email && { email }), auth } } };
        return secretOf(name, { '.dockerconfigjson': Buffer.from(JSON.stringify(config)).toString('base64') }, 'kubernetes.io/dockerconfigjson');
      },
    }),
  ],
};
