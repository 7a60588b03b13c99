import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as models from '@kubernetes/client-node';
import type { FieldType } from '../apimachinery/schema/package.ts';
import { schemas } from './schemas.ts';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

type Model = { getAttributeTypeMap?: () => readonly Attribute[] };

/** Names of the official client's models for messages of several groups or of meta. */
function modelName(packageName: string, message: string): string[] {
  const [group = '', version = ''] = packageName.split('.');
  const prefix = version.charAt(0).toUpperCase() + version.slice(1);
  const Group = group.charAt(0).toUpperCase() + group.slice(1);
  return [`${Group}${prefix}${message}`, `${prefix}${message}`];
}

const SCALARS: Readonly<Record<string, readonly string[]>> = {
  string: ['string'], bool: ['boolean'], int32: ['number'], int64: ['number'], double: ['number'], bytes: ['string'], Quantity: ['string'],
  IntOrString: ['IntOrString', 'number | string', 'any'], Time: ['Date'], MicroTime: ['V1MicroTime', 'Date'], RawExtension: ['any'], FieldsV1: ['any'], JSON: ['any'],
  JSONSchemaPropsOrArray: ['any'], JSONSchemaPropsOrBool: ['any'], JSONSchemaPropsOrStringArray: ['any'],
};

/** The types that the official client may give a field. */
function typeNames(type: FieldType): readonly string[] {
  switch (type.kind) {
    case 'scalar': return SCALARS[type.scalar] ?? [];
    case 'list': return typeNames(type.items).map((one) => `Array<${one}>`);
    case 'map': return typeNames(type.values).map((one) => `{ [key: string]: ${one}; }`);
    case 'message': {
      const dot = type.message.lastIndexOf('.');
      const hasFields = schemas.message(type.message).fields.length > 0;
      return [...modelName(type.message.slice(0, dot), type.message.slice(dot + 1)), ...(hasFields ? [] : ['any'])];
    }
  }
}

const known = models as unknown as Readonly<Record<string, Model | undefined>>;

suite('the catalogue agrees with the models of the official client', () => {
  for (const one of schemas.packages) {
    test(one.name, () => {
      const wrong: string[] = [];
      let compared = 0;
      for (const name of Object.keys(one.messages)) {
        const attributes = modelName(one.name, name).map((model) => known[model]?.getAttributeTypeMap?.()).find((map) => map !== undefined);
        if (!attributes) continue; // lists of fields that only some verbs take have no model
        compared++;
        const message = schemas.message(`${one.name}.${name}`);
        const theirs = new Map(attributes.map((attribute) => [attribute.baseName, attribute.type]));
        for (const own of ['apiVersion', 'kind']) if (!message.byName.has(own)) theirs.delete(own);
        for (const field of message.fields) {
          const type = theirs.get(field.name);
          theirs.delete(field.name);
          if (type === undefined) wrong.push(`${name}.${field.name}: not in the client`);
          else if (!typeNames(field.type).includes(type)) wrong.push(`${name}.${field.name}: ${type} in the client, ${typeNames(field.type).join(' or ')} here`);
        }
        for (const left of theirs.keys()) wrong.push(`${name}.${left}: only in the client`);
      }
      assert.deepEqual(wrong, []);
      assert.ok(compared > 0, 'no message has a model');
    });
  }
});
