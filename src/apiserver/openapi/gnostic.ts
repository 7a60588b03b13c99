/**
 * OpenAPI documents in protobuf, as kubectl before 1.32 fetches them (`application/com.github.proto-openapi.spec.v2@v1.0+protobuf`). The field numbers
 * are those of github.com/google/gnostic, openapiv2/OpenAPIv2.proto and openapiv3/OpenAPIv3.proto; what Kubernetes' documents never hold is left out.
 */
import { LENGTH_DELIMITED, ProtoWriter, VARINT, FIXED64 } from '../../apimachinery/codec/protobuf/wire.ts';
import type { Json } from './definitions.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

/**
 * How a JSON member is written: a scalar; `any` (YAML text in a message); a message; `Message[]`; `map2:Message`: a message whose field 2 holds pairs of
 * name and message; `list1:Message`: one whose field 1 holds messages.
 */
type Kind = string;

interface MessageTable {
  readonly fields?: Readonly<Record<string, readonly [number, Kind]>>;
  /** The field that takes members beginning with `x-`. */
  readonly extensions?: number;
  /** A message that is one of several: the field and the message for a value. */
  readonly union?: (value: unknown) => readonly [number, Kind];
}

type Tables = Readonly<Record<string, MessageTable>>;

function has(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && key in value;
}

const SCHEMA_V2: MessageTable = {
  fields: {
    $ref: [1, 'string'], format: [2, 'string'], title: [3, 'string'], description: [4, 'string'], default: [5, 'any'], multipleOf: [6, 'double'], maximum: [7, 'double'],
    exclusiveMaximum: [8, 'bool'], minimum: [9, 'double'], exclusiveMinimum: [10, 'bool'], maxLength: [11, 'int'], minLength: [12, 'int'], pattern: [13, 'string'], maxItems: [14, 'int'],
    minItems: [15, 'int'], uniqueItems: [16, 'bool'], maxProperties: [17, 'int'], minProperties: [18, 'int'], required: [19, 'strings'], enum: [20, 'anys'],
    additionalProperties: [21, 'AdditionalProperties'], type: [22, 'TypeItem'], items: [23, 'list1:Schema'], allOf: [24, 'Schema[]'], properties: [25, 'map1:Schema'],
  },
  extensions: 31,
};

const OPERATION_V2: MessageTable = {
  fields: {
    tags: [1, 'strings'], summary: [2, 'string'], description: [3, 'string'], operationId: [5, 'string'], produces: [6, 'strings'], consumes: [7, 'strings'], parameters: [8, 'ParametersItem[]'],
    responses: [9, 'map1:ResponseValue'], schemes: [10, 'strings'], deprecated: [11, 'bool'],
  },
  extensions: 13,
};

const TABLES_V2: Tables = {
  Document: {
    fields: {
      swagger: [1, 'string'], info: [2, 'Info'], paths: [8, 'map2:PathItem'], definitions: [9, 'map1:Schema'], parameters: [10, 'map1:Parameter'], security: [12, 'SecurityRequirement[]'],
      securityDefinitions: [13, 'map1:SecurityDefinitionsItem'],
    },
    extensions: 16,
  },
  Info: { fields: { title: [1, 'string'], version: [2, 'string'], description: [3, 'string'] }, extensions: 7 },
  PathItem: {
    fields: {
      get: [2, 'Operation'], put: [3, 'Operation'], post: [4, 'Operation'], delete: [5, 'Operation'], options: [6, 'Operation'], head: [7, 'Operation'], patch: [8, 'Operation'],
      parameters: [9, 'ParametersItem[]'],
    },
    extensions: 10,
  },
  Operation: OPERATION_V2,
  ParametersItem: { union: (value) => (has(value, '$ref') ? [2, 'JsonReference'] : [1, 'Parameter']) },
  JsonReference: { fields: { $ref: [1, 'string'], description: [2, 'string'] } },
  Parameter: { union: (value) => ((value as Json)['in'] === 'body' ? [1, 'BodyParameter'] : [2, 'NonBodyParameter']) },
  BodyParameter: { fields: { description: [1, 'string'], name: [2, 'string'], in: [3, 'string'], required: [4, 'bool'], schema: [5, 'Schema'] }, extensions: 6 },
  NonBodyParameter: { union: (value) => ((value as Json)['in'] === 'path' ? [4, 'PathParameter'] : [3, 'QueryParameter']) },
  QueryParameter: { fields: { required: [1, 'bool'], in: [2, 'string'], description: [3, 'string'], name: [4, 'string'], type: [6, 'string'], format: [7, 'string'], uniqueItems: [20, 'bool'] }, extensions: 23 },
  PathParameter: { fields: { required: [1, 'bool'], in: [2, 'string'], description: [3, 'string'], name: [4, 'string'], type: [5, 'string'], format: [6, 'string'], uniqueItems: [19, 'bool'] }, extensions: 22 },
  ResponseValue: { union: (value) => (has(value, '$ref') ? [2, 'JsonReference'] : [1, 'Response']) },
  Response: { fields: { description: [1, 'string'], schema: [2, 'SchemaItem'] }, extensions: 5 },
  SchemaItem: { union: () => [1, 'Schema'] },
  Schema: SCHEMA_V2,
  AdditionalProperties: { union: (value) => (typeof value === 'boolean' ? [2, 'bool'] : [1, 'Schema']) },
  TypeItem: { union: () => [1, 'string'] },
  SecurityRequirement: { union: () => [0, 'map1:StringArray'] },
  StringArray: { union: () => [1, 'strings'] },
  SecurityDefinitionsItem: { union: () => [2, 'ApiKeySecurity'] },
  ApiKeySecurity: { fields: { type: [1, 'string'], name: [2, 'string'], in: [3, 'string'], description: [4, 'string'] } },
};

const SCHEMA_V3: MessageTable = {
  fields: {
    nullable: [1, 'bool'], title: [9, 'string'], multipleOf: [10, 'double'], maximum: [11, 'double'], exclusiveMaximum: [12, 'bool'], minimum: [13, 'double'], exclusiveMinimum: [14, 'bool'],
    maxLength: [15, 'int'], minLength: [16, 'int'], pattern: [17, 'string'], maxItems: [18, 'int'], minItems: [19, 'int'], uniqueItems: [20, 'bool'], maxProperties: [21, 'int'],
    minProperties: [22, 'int'], required: [23, 'strings'], enum: [24, 'anys'], type: [25, 'string'], allOf: [26, 'SchemaOrReference[]'], oneOf: [27, 'SchemaOrReference[]'],
    anyOf: [28, 'SchemaOrReference[]'], not: [29, 'Schema'], items: [30, 'list1:SchemaOrReference'], properties: [31, 'map1:SchemaOrReference'],
    additionalProperties: [32, 'AdditionalProperties'], default: [33, 'DefaultType'], description: [34, 'string'], format: [35, 'string'],
  },
  extensions: 36,
};

const TABLES_V3: Tables = {
  Document: { fields: { openapi: [1, 'string'], info: [2, 'Info'], paths: [4, 'map1:PathItem'], components: [5, 'Components'] }, extensions: 9 },
  Info: { fields: { title: [1, 'string'], description: [2, 'string'], version: [6, 'string'] }, extensions: 7 },
  PathItem: {
    fields: {
      get: [4, 'Operation'], put: [5, 'Operation'], post: [6, 'Operation'], delete: [7, 'Operation'], options: [8, 'Operation'], head: [9, 'Operation'], patch: [10, 'Operation'],
      parameters: [13, 'ParameterOrReference[]'],
    },
    extensions: 14,
  },
  Operation: {
    fields: {
      tags: [1, 'strings'], summary: [2, 'string'], description: [3, 'string'], operationId: [5, 'string'], parameters: [6, 'ParameterOrReference[]'], requestBody: [7, 'RequestBodyOrReference'],
      responses: [8, 'map2:ResponseOrReference'], deprecated: [10, 'bool'],
    },
    extensions: 13,
  },
  ParameterOrReference: { union: (value) => (has(value, '$ref') ? [2, 'Reference'] : [1, 'Parameter']) },
  Parameter: { fields: { name: [1, 'string'], in: [2, 'string'], description: [3, 'string'], required: [4, 'bool'], schema: [10, 'SchemaOrReference'] }, extensions: 14 },
  RequestBodyOrReference: { union: () => [1, 'RequestBody'] },
  RequestBody: { fields: { description: [1, 'string'], content: [2, 'map1:MediaType'], required: [3, 'bool'] }, extensions: 4 },
  MediaType: { fields: { schema: [1, 'SchemaOrReference'] } },
  ResponseOrReference: { union: () => [1, 'Response'] },
  Response: { fields: { description: [1, 'string'], content: [3, 'map1:MediaType'] }, extensions: 5 },
  SchemaOrReference: { union: (value) => (has(value, '$ref') ? [2, 'Reference'] : [1, 'Schema']) },
  Reference: { fields: { $ref: [1, 'string'], description: [3, 'string'] } },
  Schema: SCHEMA_V3,
  AdditionalProperties: { union: (value) => (typeof value === 'boolean' ? [2, 'bool'] : [1, 'SchemaOrReference']) },
  DefaultType: { union: (value) => (typeof value === 'number' ? [1, 'double'] : typeof value === 'boolean' ? [2, 'bool'] : [3, 'string']) },
  Components: { fields: { schemas: [1, 'map1:SchemaOrReference'], securitySchemes: [7, 'map1:SecuritySchemeOrReference'] } },
  SecuritySchemeOrReference: { union: () => [1, 'SecurityScheme'] },
  SecurityScheme: { fields: { type: [1, 'string'], description: [2, 'string'], name: [3, 'string'], in: [4, 'string'] } },
};

class GnosticWriter {
  readonly #tables: Tables;
  readonly #writer = new ProtoWriter(1 << 20);

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  write(document: Json): Uint8Array {
    this.#body('Document', document);
    return this.#writer.finish();
  }

  #nested(field: number, body: () => void): void {
    this.#writer.tag(field, LENGTH_DELIMITED);
    const mark = this.#writer.begin();
    body();
    this.#writer.end(mark);
  }

  #string(field: number, value: string): void {
    this.#writer.tag(field, LENGTH_DELIMITED);
    this.#writer.string(value);
  }

  /** The inside of a message. */
  #body(message: string, value: unknown): void {
    const table = this.#tables[message];
    if (!table) throw new RangeError(`no message ${message}`);
    if (table.union) {
      const [field, kind] = table.union(value);
      this.#value(field, kind, value);
      return;
    }
    for (const [key, member] of Object.entries(value as Json)) {
      const known = table.fields?.[key];
      if (known) this.#value(known[0], known[1], member);
      else if (table.extensions !== undefined && key.startsWith('x-')) {
        this.#nested(table.extensions, () => {
          this.#string(1, key);
          this.#any(2, member);
        });
      }
    }
  }

  #any(field: number, value: unknown): void {
    // JSON is YAML.
    this.#nested(field, () => this.#string(2, `${stringifyWhole(value)}\n`));
  }

  #pairs(kind: string, value: unknown): void {
    const field = Number(kind.slice(3, 4));
    const message = kind.slice(5);
    for (const [name, member] of Object.entries(value as Json)) {
      this.#nested(field, () => {
        this.#string(1, name);
        this.#value(2, message, member);
      });
    }
  }

  #value(field: number, kind: Kind, value: unknown): void {
    if (value === undefined || value === null) return;
    switch (kind) {
      case 'string':
        // A default that is an object has no place in this form.
        if (typeof value === 'string') this.#string(field, value);
        return;
      case 'bool':
        if (value !== true) return;
        this.#writer.tag(field, VARINT);
        this.#writer.bool(true);
        return;
      case 'int':
        this.#writer.tag(field, VARINT);
        this.#writer.int64(value as number);
        return;
      case 'double':
        this.#writer.tag(field, FIXED64);
        this.#writer.double(value as number);
        return;
      case 'strings':
        for (const one of value as string[]) this.#string(field, one);
        return;
      case 'any': this.#any(field, value); return;
      case 'anys':
        for (const one of value as unknown[]) this.#any(field, one);
        return;
      default:
    }
    if (kind.endsWith('[]')) for (const one of value as unknown[]) this.#nested(field, () => this.#body(kind.slice(0, -2), one));
    else if (kind.startsWith('map') && field === 0) this.#pairs(kind, value);
    else if (kind.startsWith('map')) this.#nested(field, () => this.#pairs(kind, value));
    else if (kind.startsWith('list1:')) this.#nested(field, () => this.#nested(1, () => this.#body(kind.slice('list1:'.length), value)));
    else this.#nested(field, () => this.#body(kind, value));
  }
}

export function encodeV2(document: Json): Uint8Array {
  return new GnosticWriter(TABLES_V2).write(document);
}

export function encodeV3(document: Json): Uint8Array {
  return new GnosticWriter(TABLES_V3).write(document);
}
