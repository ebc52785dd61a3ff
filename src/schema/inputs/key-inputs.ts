import { ArgsType, Field, ID, InputType } from "type-graphql";
import type { Role } from "../../vocabulary.js";
import { RoleEnum } from "../enums.js";
import { DateTime } from "../scalars.js";

@InputType({ description: "A new API key." })
export class CreateApiKeyInput {
  @Field({ description: "A name by which it is recognised, 1 to 200 characters." })
  name!: string;

  @Field(() => RoleEnum, { description: "What it may do." })
  role!: Role;

  @Field(() => ID, { nullable: true, description: "Whose key it is: for the role LABELER, and for no other." })
  labelerId?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description: "The datasets it reaches, 1 to 1,000: for the role CLIENT, and for no other.",
  })
  datasetIds?: string[] | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it stops to work, in the future; never where not given.",
  })
  expiresAt?: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      "A second request with the same key is a CONFLICT: the secret is kept nowhere, so it cannot be told again.",
  })
  idempotencyKey?: string | null;
}

@ArgsType()
export class RevokeApiKeyArguments {
  @Field(() => ID, { description: "The key." })
  id!: string;
}
