import { Field, ID, InputType } from "type-graphql";
import type { LabelerPool, LabelerStatus } from "../../vocabulary.js";
import { LabelerPoolEnum, LabelerStatusEnum } from "../enums.js";
import { DateTime } from "../scalars.js";

@InputType({
  description: "Which labelers: all that is given must hold. An empty list matches none; null is as if not given.",
})
export class LabelerFilter {
  @Field(() => [LabelerPoolEnum], { nullable: true, description: "In one of these pools at present." })
  pools?: LabelerPool[] | null;

  @Field(() => [LabelerStatusEnum], { nullable: true, description: "With one of these statuses." })
  statuses?: LabelerStatus[] | null;

  @Field(() => String, {
    nullable: true,
    description: "With this part in the handle, whatever the case; % and _ stand for themselves.",
  })
  search?: string | null;
}

@InputType({ description: "Which entries of the audit log: all that is given must hold; null is as if not given." })
export class AuditFilter {
  @Field(() => ID, { nullable: true, description: "About the object with this id." })
  subject?: string | null;

  @Field(() => String, { nullable: true, description: "By the key of exactly this name." })
  by?: string | null;

  @Field(() => String, { nullable: true, description: "Of exactly this action." })
  action?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Made at this moment or later." })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: "Made before this moment." })
  to?: Date | null;
}
