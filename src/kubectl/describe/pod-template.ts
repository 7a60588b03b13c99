import { at, listAt, mapAt, textAt } from '../kube-json.ts';
import { containerLines } from './containers.ts';
import { schedulingLines, spreadLines } from './scheduling.ts';
import { annotationLines, labelLines } from './text.ts';
import { volumeLines } from './volumes.ts';

export function podTemplateLines(template: unknown): string[] {
  const pod = at(template, 'spec');
  const annotations = mapAt(template, 'metadata', 'annotations');
  const serviceAccount = textAt(pod, 'serviceAccountName');
  const options = { space: '  ', fieldValue: () => '' };
  return [
    'Pod Template:',
    ...labelLines('Labels', mapAt(template, 'metadata', 'labels'), '  '),
    ...(Object.keys(annotations).length > 0 ? annotationLines('Annotations', annotations, '  ') : []),
    ...(serviceAccount ? [`  Service Account:\t${serviceAccount}`] : []),
    ...containerLines('Init Containers', listAt(pod, 'initContainers'), [], options),
    ...containerLines('Containers', listAt(pod, 'containers'), [], options),
    ...volumeLines(listAt(pod, 'volumes'), '  '),
    ...spreadLines(pod, '  '),
    ...(textAt(pod, 'priorityClassName') ? [`  Priority Class Name:\t${textAt(pod, 'priorityClassName')}`] : []),
    ...schedulingLines(pod, '  '),
  ];
}

/** By itself, as a revision in the history of a rollout is shown: its columns are not set, as in stock kubectl. */
export function describePodTemplate(template: unknown): string {
  return `${podTemplateLines(template).join('\n')}\n`;
}
