import { GraphQLError, GraphQLScalarType, Kind } from "graphql";
import { GraphQLBigInt, GraphQLJSONObject } from "graphql-scalars";

const PATTERN = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** A moment of the years 1 to 9999; anything else is refused in a sentence. */
function parseDateTime(value: unknown): Date {
  const rule = "a DateTime is ISO 8601 with a zone, such as 2026-01-05T10:00:00.000Z, of the years 1 to 9999";
  if (typeof value !== "string" || !PATTERN.test(value))
    throw new GraphQLError(`${JSON.stringify(value)} is not one: ${rule}.`);
  const moment = new Date(value);
  const year = moment.getUTCFullYear();
  const [, month, day] = value.split(/[-Tt ]/).map(Number) as [number, number, number];
  // Date rolls 30 February over into March; such a day does not exist.
  const exists = day <= new Date(Date.UTC(2000 + (Number(value.slice(0, 4)) % 400), month, 0)).getUTCDate();
  if (Number.isNaN(moment.getTime()) || year < 1 || year > 9999 || !exists)
    throw new GraphQLError(`${JSON.stringify(value)} is not one: ${rule}.`);
  return moment;
}

export const DateTime = new GraphQLScalarType<Date, string>({
  name: "DateTime",
  description: "A moment in ISO 8601, answered in UTC with milliseconds.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339",
  serialize: (value) => (value as Date).toISOString(),
  parseValue: parseDateTime,
  parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : undefined),
});

export const JSONObject = new GraphQLScalarType({
  ...GraphQLJSONObject.toConfig(),
  description: "A JSON object, as it was given.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259#section-4",
});

export const BigInteger = new GraphQLScalarType({
  ...GraphQLBigInt.toConfig(),
  description: "A whole number that may be larger than 2^31.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259#section-6",
});
