import Negotiator from "negotiator";

const CHARSET = "; charset=utf-8";
/** The media types in which GraphQL's answers are sent, in our order: where the client does not mind, plain JSON. */
const JSON_TYPES = [`application/json${CHARSET}`, `application/graphql-response+json${CHARSET}`];
const STREAM_TYPE = "text/event-stream";
const PAGE_TYPE = "text/html";

/** The types in words, for those who take none of them. */
export const ANSWER_TYPES = "application/json, application/graphql-response+json or, by POST, text/event-stream";

/** What a client takes as an answer. */
export interface Accepted {
  /** The media type of an answer in JSON; null: JSON is not taken. */
  readonly json: string | null;
  /** Whether a stream of events is taken. */
  readonly stream: boolean;
}

/**
 * Reads an Accept header, q values included (RFC 9110, section 12.5.1): a type of q = 0, or with a q that is no number,
 * is not taken, and one that names a type goes before a wildcard. Without a header, or with an empty one, plain JSON.
 * A stream must be asked for by its name or by text/*: who takes just anything is not kept waiting for the end of one.
 */
export function readAccept(header: string | undefined): Accepted {
  if (header === undefined || header.trim() === "") return { json: JSON_TYPES[0]!, stream: false };
  const negotiator = new Negotiator({ headers: { accept: header } });
  const named = negotiator.mediaTypes().some((type) => /^text\/(event-stream|\*)$/i.test(type));
  const isTaken = negotiator.mediaTypes([`${STREAM_TYPE}${CHARSET}`, STREAM_TYPE]).length > 0;
  return { json: negotiator.mediaType(JSON_TYPES) ?? null, stream: named && isTaken };
}

/** The media type of an error: as an answer would have been sent, else plain JSON, whatever the client takes. */
export const errorType = (header: string | undefined): string => readAccept(header).json ?? JSON_TYPES[0]!;

/**
 * Whether a client would rather have a page than an answer of GraphQL: it names text/html, and nothing of GraphQL's own
 * before it. A wildcard alone, as curl and most clients send it, means GraphQL.
 */
export function prefersPage(header: string | undefined): boolean {
  const negotiator = new Negotiator({ headers: { accept: header ?? "*/*" } });
  const named = negotiator.mediaTypes().some((type) => type.toLowerCase() === PAGE_TYPE);
  return named && negotiator.mediaType([PAGE_TYPE, ...JSON_TYPES]) === PAGE_TYPE;
}
