import { Field, Int, ObjectType } from "type-graphql";
import type { Criterion, InstructionPurpose } from "../vocabulary.js";
import { CriterionEnum, InstructionPurposeEnum } from "./enums.js";
import { Node } from "./node.js";
import { DateTime } from "./scalars.js";

@ObjectType({
  implements: Node,
  description: "A version of the instructions that labelers of a dataset follow.",
  simpleResolvers: true,
})
export class InstructionVersion extends Node {
  @Field(() => Int, { description: "Its number within the dataset, from 1." })
  version!: number;

  @Field(() => InstructionPurposeEnum, { description: "What it was written for." })
  purpose!: InstructionPurpose;

  @Field({ description: "The instructions." })
  text!: string;

  @Field(() => [CriterionEnum], {
    description: "The criteria in order of precedence: where two conflict, the earlier one decides.",
  })
  criteriaOrder!: Criterion[];

  @Field(() => DateTime, { description: "From when on it holds." })
  validFrom!: Date;
}
