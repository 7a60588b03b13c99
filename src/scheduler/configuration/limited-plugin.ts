import type { Plugin, PodCycle } from '../framework.ts';
import type { PluginUse } from './plugin-sets.ts';

type Parts = { -readonly [Part in keyof PodCycle]: PodCycle[Part] };

/** A plugin that is used for some of what it does. */
export function limitedPlugin(plugin: Plugin, { preFilters, filters, scores, weight }: PluginUse): Plugin {
  return {
    name: plugin.name, weight, wakesOn: plugin.wakesOn, ...(plugin.mayHelp && { mayHelp: plugin.mayHelp }), ...(plugin.holdsBack && { holdsBack: plugin.holdsBack }),
    begin(pod, cluster) {
      const cycle = plugin.begin(pod, cluster);
      if (!cycle || (preFilters && filters && scores)) return cycle;
      const parts: Parts = { ...cycle };
      if (!preFilters) for (const part of ['refusal', 'onlyNodes'] as const) delete parts[part];
      if (!filters) for (const part of ['filter', 'addPod', 'removePod'] as const) delete parts[part];
      if (!scores) for (const part of ['preScore', 'score', 'normalize'] as const) delete parts[part];
      return parts;
    },
  };
}
