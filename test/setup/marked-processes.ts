import { readdirSync, readFileSync } from 'node:fs';

/** The environment variable that all processes started by one test file inherit. */
export const MARK = 'KUBETS_TEST_FILE';

/** The processes other than this one whose environment holds the mark, a line each; none where there is no `/proc`. */
export function markedProcesses(mark: string): string[] {
  return processIds().flatMap((pid) => {
    if (pid === process.pid || !read(`/proc/${pid}/environ`).split('\0').includes(`${MARK}=${mark}`)) return [];
    return [`  process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`];
  });
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A process may end between two looks. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
