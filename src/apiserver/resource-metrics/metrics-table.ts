import { addQuantities, formatQuantity, parseQuantity, zeroQuantity } from '../../apimachinery/quantity.ts';
import type { NodeMetrics, PodMetrics } from './metrics-objects.ts';

const RESOURCES = ['cpu', 'memory'] as const;

/** As metrics-server's own tables: a column for each resource, and the window. */
export function metricsTable(items: readonly (NodeMetrics | PodMetrics)[], version: string): object {
  const column = (name: string, format: string, description: string): object => ({ name, type: 'string', format, description, priority: 0 });
  return {
    kind: 'Table', apiVersion: `meta.k8s.io/${version}`, metadata: {},
    columnDefinitions: [
      column('Name', 'name', 'Name of the resource'), ...RESOURCES.map((name) => column(name, 'quantity', `Usage of ${name}`)), column('Window', 'duration', 'Time over which the usage was measured'),
    ],
    rows: items.map((item) => ({
      cells: [item.metadata.name, ...RESOURCES.map((name) => total(item, name)), item.window],
      object: { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: item.metadata },
    })),
  };
}

function total(item: NodeMetrics | PodMetrics, resource: (typeof RESOURCES)[number]): string {
  const usages = 'usage' in item ? [item.usage] : item.containers.map(({ usage }) => usage);
  return formatQuantity(usages.map((usage) => parseQuantity(usage[resource])).reduce(addQuantities, { ...zeroQuantity, format: resource === 'memory' ? 'BinarySI' : 'DecimalSI' }));
}
