import { registerEnumType } from 'type-graphql';
import { type ErrorCode, errorCodes } from '../errors.js';

type CodeEnum = { [code in ErrorCode]: code };
const codes = Object.keys(errorCodes) as ErrorCode[];

/** The closed union of error codes as an enum of the schema, so that every typed client has it. */
export const ErrorCodeEnum = Object.fromEntries(codes.map((code) => [code, code])) as CodeEnum;

registerEnumType(ErrorCodeEnum, {
  name: 'ErrorCode',
  description: 'What errors[].extensions.code can be. Clients branch on it; messages are for people and may change.',
  valuesConfig: Object.fromEntries(codes.map((code) => [code, { description: errorCodes[code] }])),
});
