import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildSchema,
  findBreakingChanges,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  parse,
  visit,
} from 'graphql';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const contract = buildSchema(readFileSync(path.join(root, 'tests/contract/schema.graphql'), 'utf8'));
const emitted = buildSchema(readFileSync(path.join(root, 'schema.graphql'), 'utf8'));

/** Every field, argument, input field and enum value, with its type and default. */
function elementsOf(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__')) return [];
    if (isEnumType(type)) return type.getValues().map((value) => `${type.name}.${value.name}`);
    if (isInputObjectType(type)) {
      return Object.values(type.getFields()).map((f) => `${type.name}.${f.name}: ${f.type} = ${f.defaultValue}`);
    }
    if (!isObjectType(type)) return [`scalar ${type.name}`];
    return Object.values(type.getFields()).flatMap((field) => [
      `${type.name}.${field.name}: ${field.type}`,
      ...field.args.map((arg) => `${type.name}.${field.name}(${arg.name}: ${arg.type} = ${arg.defaultValue})`),
    ]);
  });
}

test('Every element of the contract is in the schema, of the same type and default', () => {
  const present = new Set(elementsOf(emitted));
  expect(elementsOf(contract).filter((element) => !present.has(element))).toEqual([]);
  // An argument that the contract does not have may be added, but not demanded.
  expect(findBreakingChanges(contract, emitted)).toEqual([]);
});

test('Every element is described', () => {
  const elements = Object.values(emitted.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
    .flatMap((type) => [type, ...partsOf(type)]);
  expect(elements.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
  expect(elements.length).toBeGreaterThan(100);
});

function partsOf(type: GraphQLNamedType): { name: string; description?: string | null | undefined }[] {
  if (isEnumType(type)) return [...type.getValues()];
  if (isInputObjectType(type)) return Object.values(type.getFields());
  if (isObjectType(type)) return Object.values(type.getFields()).flatMap((field) => [field, ...field.args]);
  return [];
}

test("The tests' client has an operation for every query and mutation of the schema", () => {
  const clientDir = path.join(root, 'tests/client');
  const files = readdirSync(clientDir).filter((name) => name.endsWith('.graphql'));
  const asked = new Set<string>();
  for (const file of files) {
    visit(parse(readFileSync(path.join(clientDir, file), 'utf8')), {
      OperationDefinition({ selectionSet }) {
        for (const field of selectionSet.selections) if (field.kind === Kind.FIELD) asked.add(field.name.value);
      },
    });
  }
  const offered = [emitted.getQueryType(), emitted.getMutationType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}),
  );
  expect([...asked].sort()).toEqual(offered.sort());
});
