import { Field, InputType, Int } from "type-graphql";
import type { PromptKind, PromptSource, PromptTrait, Split, Stage, UseCase } from "../../vocabulary.js";
import { PromptKindEnum, PromptSourceEnum, PromptTraitEnum, SplitEnum, StageEnum, UseCaseEnum } from "../enums.js";

@InputType({
  description: "Which prompts: all that is given must hold. An empty list matches none; null is as if not given.",
})
export class PromptFilter {
  @Field(() => [PromptKindEnum], { nullable: true, description: "Of one of these kinds." })
  kinds?: PromptKind[] | null;

  @Field(() => [UseCaseEnum], { nullable: true, description: "Of one of these use cases." })
  useCases?: UseCase[] | null;

  @Field(() => [PromptSourceEnum], { nullable: true, description: "Of one of these sources." })
  sources?: PromptSource[] | null;

  @Field(() => [SplitEnum], { nullable: true, description: "In one of these splits." })
  splits?: Split[] | null;

  @Field(() => [StageEnum], { nullable: true, description: "Of one of these stages, stated or derived." })
  stages?: Stage[] | null;

  @Field(() => String, { nullable: true, description: "By exactly this author." })
  author?: string | null;

  @Field(() => String, { nullable: true, description: "In exactly this language." })
  language?: string | null;

  @Field(() => String, { nullable: true, description: "With this tag." })
  tag?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "With this part in the text, whatever the case; % and _ stand for themselves.",
  })
  search?: string | null;

  @Field(() => Boolean, { nullable: true, description: "Excluded from any stage, or from none." })
  excluded?: boolean | null;

  @Field(() => PromptTraitEnum, { nullable: true, description: "With this trait judged true." })
  trait?: PromptTrait | null;

  @Field(() => Int, { nullable: true, description: "With at least this many rankings." })
  minRankings?: number | null;
}
