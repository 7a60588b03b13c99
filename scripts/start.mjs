/** `npm start`: sets the machine up, builds, starts a cluster of three nodes on real containers and shows an application on it. */
import { installNpmPackages, installSystemPackages, step } from './setup.mjs';

installSystemPackages({ forTests: false });
installNpmPackages();
step('Build', ['scripts/build.ts']);
step('Cluster', ['scripts/demo.ts']);
