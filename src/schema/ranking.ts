import { Field, Int, ObjectType } from "type-graphql";
import { connectionType } from "./connection.js";
import { Node } from "./node.js";
import { DateTime } from "./scalars.js";

@ObjectType({
  implements: Node,
  description: "A labeler's order of some of a prompt's completions, best first, ties allowed.",
  simpleResolvers: true,
})
export class Ranking extends Node {
  @Field(() => DateTime, { description: "When it was given." })
  createdAt!: Date;

  @Field(() => Int, { nullable: true, description: "How long the labeler took, in milliseconds." })
  durationMs!: number | null;

  @Field(() => String, { nullable: true, description: "What the labeler remarked." })
  note!: string | null;
}

export const RankingConnection = connectionType<Ranking>("Ranking", () => Ranking);
