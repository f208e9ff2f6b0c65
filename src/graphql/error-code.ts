import { registerEnumType } from 'type-graphql';
import { describeError, type ErrorCode, errorTable } from '../errors.js';

type CodeEnum = { [code in ErrorCode]: code };
const codes = Object.keys(errorTable) as ErrorCode[];

/** The error codes as an enum of the schema, so that every typed client has them. */
export const ErrorCodeEnum = Object.fromEntries(codes.map((code) => [code, code])) as CodeEnum;

registerEnumType(ErrorCodeEnum, {
  name: 'ErrorCode',
  description: 'What errors[].extensions.code can be. Clients branch on it; messages are for people and may change.',
  valuesConfig: Object.fromEntries(codes.map((code) => [code, { description: describeError(code) }])),
});
