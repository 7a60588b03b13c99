/** Writes `docs/flags.md` from the flags of `kubets server`. */
import { writeFileSync } from 'node:fs';
import { flagsPage } from '../src/cli/server-flags/page.ts';

writeFileSync(new URL('../docs/flags.md', import.meta.url), flagsPage());
