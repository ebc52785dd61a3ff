import { Field, ID, InputType } from "type-graphql";
import {
  CRITERIA,
  type Criterion,
  type InstructionPurpose,
  type LabelerPool,
  type LabelerStatus,
} from "../../vocabulary.js";
import { CriterionEnum, InstructionPurposeEnum, LabelerPoolEnum, LabelerStatusEnum } from "../enums.js";
import { DateTime } from "../scalars.js";

@InputType({ description: "A person who is to label." })
export class RegisterLabelerInput {
  @Field({ description: "The name they go by, unique, 1 to 200 characters without control characters." })
  handle!: string;

  @Field(() => LabelerPoolEnum, { defaultValue: "TRAINING", description: "Their pool." })
  pool!: LabelerPool;

  @Field(() => LabelerStatusEnum, { defaultValue: "ACTIVE", description: "Whether they work at present." })
  status!: LabelerStatus;

  @Field(() => String, {
    nullable: true,
    description: "Sent again with the same key within 24 hours, the first result is returned.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "A change of a labeler; what is left out stays as it is." })
export class UpdateLabelerInput {
  @Field(() => ID, { description: "The labeler." })
  id!: string;

  @Field(() => LabelerPoolEnum, {
    nullable: true,
    description: "The new pool; it holds from a new revision on in every dataset that the labeler works for.",
  })
  pool?: LabelerPool | null;

  @Field(() => LabelerStatusEnum, {
    nullable: true,
    description: "The new status; new work is taken of an ACTIVE labeler only.",
  })
  status?: LabelerStatus | null;
}

@InputType({ description: "A new version of the instructions that labelers of a dataset follow." })
export class PublishInstructionsInput {
  @Field(() => ID, { description: "The dataset." })
  datasetId!: string;

  @Field(() => InstructionPurposeEnum, { defaultValue: "TRAINING_DATA", description: "What they are for." })
  purpose!: InstructionPurpose;

  @Field({ description: "The instructions, not empty." })
  text!: string;

  @Field(() => [CriterionEnum], {
    defaultValue: [...CRITERIA],
    description: "The criteria in order of precedence: where two conflict, the earlier one decides.",
  })
  criteriaOrder!: Criterion[];

  @Field(() => DateTime, { nullable: true, description: "From when on they hold; now where not given." })
  validFrom?: Date | null;

  @Field(() => String, {
    nullable: true,
    description: "Sent again with the same key within 24 hours, the first result is returned.",
  })
  idempotencyKey?: string | null;
}
