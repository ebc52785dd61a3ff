import { Field, ID, ObjectType } from "type-graphql";
import { connectionType } from "./connection.js";
import { Node } from "./node.js";
import { DateTime, JSONObject } from "./scalars.js";

@ObjectType({ implements: Node, description: "One change: who made it, when, and of what.", simpleResolvers: true })
export class AuditEntry extends Node {
  @Field(() => DateTime, { description: "When it was made." })
  at!: Date;

  @Field({ description: "The name of the key that made it." })
  by!: string;

  @Field({ description: "What was done." })
  action!: string;

  @Field(() => ID, { nullable: true, description: "The id of what was changed; it may be gone since." })
  subject!: string | null;

  @Field(() => JSONObject, { nullable: true, description: "How it was before." })
  before!: Record<string, unknown> | null;

  @Field(() => JSONObject, { nullable: true, description: "How it was afterwards." })
  after!: Record<string, unknown> | null;
}

export const AuditEntryConnection = connectionType<AuditEntry>("AuditEntry", () => AuditEntry);
