import {
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type Source,
  visit,
} from 'graphql';

/** Every name of the schema: of types, fields, arguments, enum values and directives. */
export function namesInSchema(schema: GraphQLSchema): ReadonlySet<string> {
  const types = Object.values(schema.getTypeMap()).flatMap((type) => [type.name, ...namesInType(type)]);
  const directives = schema.getDirectives().flatMap(({ name, args }) => [name, ...args.map(({ name }) => name)]);
  return new Set([...types, ...directives, '__typename', '__schema', '__type']);
}

function namesInType(type: GraphQLNamedType): string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => name);
  if (isInputObjectType(type)) return Object.keys(type.getFields());
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap(({ name, args }) => [name, ...args.map(({ name }) => name)]);
}

const named: ReadonlySet<string> = new Set([
  Kind.FIELD,
  Kind.ARGUMENT,
  Kind.OBJECT_FIELD,
  Kind.NAMED_TYPE,
  Kind.FRAGMENT_SPREAD,
  Kind.FRAGMENT_DEFINITION,
  Kind.OPERATION_DEFINITION,
]);
const none: ReadonlySet<string> = new Set();
const ofSource = new WeakMap<Source, ReadonlySet<string>>();

/**
 * The names that the client gave to fields, arguments, types, fragments, operations and the variables that it defines.
 * Not those that stand where a value belongs, such as enum values and used variables: they may be a password.
 */
export function namesInDocument(source: Source | undefined): ReadonlySet<string> {
  if (!source) return none;
  const names = ofSource.get(source) ?? collect(parse(source));
  ofSource.set(source, names);
  return names;
}

function collect(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, {
    Name({ value }, _key, parent) {
      if (parent && 'kind' in parent && named.has(parent.kind)) names.add(value);
    },
    VariableDefinition({ variable }) {
      names.add(variable.name.value);
    },
  });
  return names;
}
