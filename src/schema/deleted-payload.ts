import { Field, ID, ObjectType } from "type-graphql";

@ObjectType({ description: "What was deleted, so that a client can forget it.", simpleResolvers: true })
export class DeletedPayload {
  @Field(() => ID, { description: "The global id of what is no more." })
  deletedId!: string;
}
