import { Field, Int, ObjectType } from "type-graphql";
import type { LabelerPool, LabelerStatus } from "../vocabulary.js";
import { connectionType } from "./connection.js";
import { LabelerPoolEnum, LabelerStatusEnum } from "./enums.js";
import { Node } from "./node.js";
import { DateTime } from "./scalars.js";

@ObjectType({
  description: "What a labeler has done, over the datasets that the viewer may see; superseded work is not counted.",
  simpleResolvers: true,
})
export class LabelerCounts {
  @Field(() => Int, { description: "Demonstrations written." })
  demonstrations!: number;

  @Field(() => Int, { description: "Rankings given." })
  rankings!: number;

  @Field(() => Int, { description: "Assessments given, with rankings or alone." })
  assessments!: number;

  @Field(() => Int, { description: "Prompts declined as unclear." })
  skipped!: number;
}

@ObjectType({
  implements: Node,
  description: "A person who labels; the handle is all that is known of them.",
  simpleResolvers: true,
})
export class Labeler extends Node {
  @Field({ description: "The name they go by." })
  handle!: string;

  @Field(() => LabelerPoolEnum, {
    description: "Their pool; reached through a dataset's records, their pool as of the revision that is read.",
  })
  pool!: LabelerPool;

  @Field(() => LabelerStatusEnum, { description: "Whether they work at present." })
  status!: LabelerStatus;

  @Field(() => DateTime, { description: "When they were registered." })
  createdAt!: Date;
}

export const LabelerConnection = connectionType<Labeler>("Labeler", () => Labeler);
