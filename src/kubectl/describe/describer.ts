import type { CommandContext } from '../command.ts';
import type { KubeJson } from '../kube-json.ts';

/** What a describer may ask for beside the object. */
export interface DescribeScope {
  readonly context: CommandContext;
  readonly nowMs: number;
  /** Those of the object, as lines; none where `--show-events=false`. */
  readonly eventLines: () => Promise<readonly string[]>;
  /** Objects of a resource of the server; none when it may not be read or does not exist. */
  list(resource: string, namespace: string | undefined, selectors?: { labelSelector?: string; fieldSelector?: string }): Promise<KubeJson[]>;
}

/** Lines with tabs between what is set in columns. */
export type Describer = (object: KubeJson, scope: DescribeScope) => Promise<string[]> | string[];
