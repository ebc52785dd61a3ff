import { Field, ID, InputType } from "type-graphql";
import type { LabelerPool, PromptSource, Split, UseCase } from "../../vocabulary.js";
import { LabelerPoolEnum, PromptSourceEnum, SplitEnum, UseCaseEnum } from "../enums.js";
import { DateTime } from "../scalars.js";

@InputType({
  description:
    "Which demonstrations: all that is given must hold. An empty list matches none; null is as if not given.",
})
export class DemonstrationFilter {
  @Field(() => [ID], { nullable: true, description: "By one of these labelers." })
  labelerIds?: string[] | null;

  @Field(() => LabelerPoolEnum, {
    nullable: true,
    description: "By labelers who were in this pool as of the revision that is read.",
  })
  pool?: LabelerPool | null;

  @Field(() => SplitEnum, { nullable: true, description: "Of prompts in this split as of the revision that is read." })
  split?: Split | null;
}

@InputType({
  description: "Which rankings: all that is given must hold. An empty list matches none; null is as if not given.",
})
export class RankingFilter extends DemonstrationFilter {
  @Field(() => [UseCaseEnum], {
    nullable: true,
    description: "Of prompts with one of these use cases as of the revision that is read.",
  })
  useCases?: UseCase[] | null;

  @Field(() => [PromptSourceEnum], { nullable: true, description: "Of prompts that came from one of these." })
  sources?: PromptSource[] | null;

  @Field(() => Boolean, { nullable: true, description: "With a tie, or without any." })
  withTies?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Against the guideline in some comparison (Ranking.guidelineViolations), or in none.",
  })
  violatesGuideline?: boolean | null;

  @Field(() => ID, { nullable: true, description: "Given under this version of the instructions." })
  instructionVersionId?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Given at this moment or later." })
  createdFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: "Given before this moment." })
  createdTo?: Date | null;
}
