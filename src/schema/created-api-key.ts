import { Field, ObjectType } from "type-graphql";
import { ApiKey } from "./api-key.js";

@ObjectType({ description: "An API key that was just made.", simpleResolvers: true })
export class CreatedApiKey {
  @Field({ description: "The key." })
  apiKey!: ApiKey;

  @Field({ description: "The secret to send as Authorization: Bearer …; it is shown this once." })
  secret!: string;
}
