import { Field, ObjectType } from "type-graphql";
import type { Role } from "../vocabulary.js";
import { RoleEnum } from "./enums.js";

@ObjectType("Viewer", { description: "Who asks: what the API key stands for.", simpleResolvers: true })
export class ViewerType {
  @Field({ description: "The name of the key." })
  name!: string;

  @Field(() => RoleEnum, { description: "What the key may do." })
  role!: Role;
}
