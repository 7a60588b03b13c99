/** Annotations of nodes that say what has fields of its own now. Source: kubernetes pkg/apis/core/validation, ValidateNodeSpecificAnnotations. */
import { isObject } from '../../apimachinery/patch/json.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { Taint } from '../generated/core-v1.ts';
import { readJson } from './annotation-json.ts';
import { validateTaints } from './taint-validation.ts';

const PATH = FieldPath.of('metadata').child('annotations');
const TAINTS = 'scheduler.alpha.kubernetes.io/taints';
const AVOID_PODS = 'scheduler.alpha.kubernetes.io/preferAvoidPods';

export function validateNodeAnnotations(annotations: Readonly<Record<string, string>>, errors: FieldErrors): void {
  const [taints = '', avoided = ''] = [annotations[TAINTS], annotations[AVOID_PODS]];
  if (taints !== '') validateTaintsText(taints, errors);
  if (avoided !== '') validateAvoidedText(avoided, errors);
}

function validateTaintsText(text: string, errors: FieldErrors): void {
  const value = readJson(text, '[]core.Taint', Array.isArray);
  if ('problem' in value) errors.invalid(PATH, TAINTS, value.problem);
  else validateTaints((value.found as unknown[]).map((one) => ({ key: '', effect: '', ...(isObject(one) && one) }) as Taint), PATH.child(TAINTS), errors);
}

function validateAvoidedText(text: string, errors: FieldErrors): void {
  const value = readJson(text, 'v1.AvoidPods', isObject);
  if ('problem' in value) {
    errors.invalid(PATH.child('AvoidPods'), AVOID_PODS, value.problem);
    return;
  }
  const { preferAvoidPods = [] } = value.found as { preferAvoidPods?: { podSignature?: { podController?: { controller?: boolean } } }[] };
  preferAvoidPods.forEach(({ podSignature }, i) => {
    const at = PATH.child(AVOID_PODS).index(i).child('PodSignature');
    if (!podSignature?.podController) errors.required(at);
    else if (podSignature.podController.controller !== true) errors.invalid(at.child('PodController', 'Controller'), false, 'must point to a controller');
  });
}
