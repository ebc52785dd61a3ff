import { Field, ObjectType } from "type-graphql";
import type { Role } from "../vocabulary.js";
import { connectionType } from "./connection.js";
import { RoleEnum } from "./enums.js";
import { Node } from "./node.js";
import { DateTime } from "./scalars.js";

@ObjectType({
  implements: Node,
  description: "A key to this API. Its secret is kept nowhere.",
  simpleResolvers: true,
})
export class ApiKey extends Node {
  @Field({ description: "The name it was given." })
  name!: string;

  @Field(() => RoleEnum, { description: "What it may do." })
  role!: Role;

  @Field(() => DateTime, { description: "When it was created." })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When it stops to work; null: never." })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When it was last used, exact to a minute." })
  lastUsedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When it was revoked; null: it was not." })
  revokedAt!: Date | null;
}

export const ApiKeyConnection = connectionType<ApiKey>("ApiKey", () => ApiKey);
