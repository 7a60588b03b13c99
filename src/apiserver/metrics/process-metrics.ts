import { readdirSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { Counter, Gauge, labelValue, type Metric } from '../../base/metrics.ts';
import { KUBERNETES_VERSION } from './server-paths.ts';

/** What the process uses, under the names that every Go program gives, and what it is. */
export function processMetrics(clock: Clock): Metric[] {
  const startedSeconds = clock.now() / 1000 - process.uptime();
  const info = Object.entries({
    build_date: KUBERNETES_VERSION.buildDate, compiler: KUBERNETES_VERSION.compiler, git_commit: KUBERNETES_VERSION.gitCommit, git_tree_state: KUBERNETES_VERSION.gitTreeState, git_version: KUBERNETES_VERSION.gitVersion,
    go_version: KUBERNETES_VERSION.goVersion, major: KUBERNETES_VERSION.major, minor: KUBERNETES_VERSION.minor, platform: KUBERNETES_VERSION.platform,
  }).map(([name, value]) => `${name}="${labelValue(value)}"`).join(',');
  return [
    new Gauge({ name: 'kubernetes_build_info', help: 'A metric with a constant \'1\' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.' }, () => [[info, 1]]),
    cpuSeconds(),
    new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory size in bytes.' }, () => [['', process.memoryUsage.rss()]]),
    new Gauge({ name: 'process_start_time_seconds', help: 'Start time of the process since unix epoch in seconds.' }, () => [['', startedSeconds]]),
    new Gauge({ name: 'process_open_fds', help: 'Number of open file descriptors.' }, openFiles),
  ];
}

function cpuSeconds(): Metric {
  return {
    text() {
      const { user, system } = process.cpuUsage();
      const counter = new Counter({ name: 'process_cpu_seconds_total', help: 'Total user and system CPU time spent in seconds.' });
      counter.add('', (user + system) / 1e6);
      return counter.text();
    },
  };
}

/** Only Linux tells. */
function openFiles(): [string, number][] {
  try {
    return [['', readdirSync('/proc/self/fd').length]];
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}
