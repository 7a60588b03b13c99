import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { buildImageArchive, type ImageFile } from './image-archive.ts';
import { pauseProgram } from './tiny-elf.ts';

/** The sandbox image that a node of ours uses unless told otherwise. */
export const PAUSE_IMAGE = 'registry.k8s.io/pause:3.10.1';

/** The pause image, made from nothing but machine code. */
export function buildPauseImage(architecture: string = process.arch, reference: string = PAUSE_IMAGE): Promise<Uint8Array> {
  return buildImageArchive({
    references: [reference],
    architecture,
    files: [{ path: 'pause', content: pauseProgram(architecture) }],
    entrypoint: ['/pause'],
    user: '65535:65535',
  });
}

/** Where Debian's busybox-static, and others, put the program. */
const BUSYBOX_PATHS = ['/usr/bin/busybox', '/bin/busybox', '/usr/local/bin/busybox'];

/**
 * An image of the machine's static busybox, with a link for each of its applets and the users root, nobody and www-data. `files` are added.
 * Throws an Error that names the package to install when there is none.
 */
export async function buildBusyboxImage(options: {
  references: readonly string[];
  architecture?: string;
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  files?: readonly ImageFile[];
  env?: readonly string[];
}): Promise<Uint8Array> {
  const { path, content } = await findBusybox();
  const { stdout } = await promisify(execFile)(path, ['--list']);
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
  return buildImageArchive({
    references: options.references,
    architecture: options.architecture ?? process.arch,
    files: [
      { path: 'bin/busybox', content },
      ...applets.map((name): ImageFile => ({ path: `bin/${name}`, linkTo: 'busybox' })),
      { path: 'tmp', mode: 0o1777 },
      { path: 'root', mode: 0o700 },
      { path: 'etc/passwd', mode: 0o644, content: 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n' },
      { path: 'etc/group', mode: 0o644, content: 'root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n' },
      ...(options.files ?? []),
    ],
    ...(options.entrypoint && { entrypoint: options.entrypoint }),
    cmd: options.cmd ?? ['sh'],
    ...(options.env && { env: options.env }),
  });
}

async function findBusybox(): Promise<{ path: string; content: Uint8Array }> {
  for (const path of BUSYBOX_PATHS) {
    const content = await readFile(path).catch(() => undefined);
    // A program with an interpreter needs libraries that the image does not have.
    if (content && !content.includes('/lib64/ld-linux') && !content.includes('/lib/ld-')) return { path, content };
  }
  throw new Error('no static busybox was found; install it: apt-get install busybox-static');
}
