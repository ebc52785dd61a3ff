import { Args, Ctx, FieldResolver, Float, ID, Resolver, Root } from "type-graphql";
import type { CompletionRecord } from "../entities/queries/completions/completions.js";
import type { AssessmentRecord } from "../entities/queries/judgments/assessments.js";
import type { ModelRecord } from "../entities/queries/models/models.js";
import type { PromptRecord } from "../entities/queries/prompts/prompts.js";
import { ForwardPageArguments } from "../schema/arguments/page-arguments.js";
import { AssessmentConnection } from "../schema/assessment.js";
import { Completion, ScoreArguments } from "../schema/completion.js";
import { ModelType } from "../schema/jobs/model.js";
import { Prompt } from "../schema/prompt.js";
import { globalId } from "../services/input/global-id.js";
import { modelOfCompletion, scoreOfCompletion } from "../services/jobs/job-facts.js";
import { assessmentsOfCompletion } from "../services/reads/nested-lists.js";
import type { Context } from "../services/request/context.js";
import type { Page } from "../services/request/page.js";
import { promptOf } from "../services/request/related.js";

@Resolver(() => Completion)
export class CompletionResolver {
  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() completion: CompletionRecord): string {
    return globalId("Completion", completion.id);
  }

  @FieldResolver(() => Prompt, { description: "The prompt that it answers." })
  prompt(@Root() completion: CompletionRecord, @Ctx() { loaders }: Context): Promise<PromptRecord | null> {
    return promptOf(loaders, completion);
  }

  @FieldResolver(() => ModelType, { nullable: true, description: "The model of ours that wrote it, where one did." })
  model(@Root() completion: CompletionRecord, @Ctx() context: Context): Promise<ModelRecord | null> {
    return modelOfCompletion(context, completion);
  }

  @FieldResolver(() => Float, {
    nullable: true,
    description: "What a reward model says of it, as scoreCompletions stored it; null where it has not been asked.",
  })
  score(
    @Root() completion: CompletionRecord,
    @Args(() => ScoreArguments) { modelId }: ScoreArguments,
    @Ctx() context: Context,
  ): Promise<number | null> {
    return scoreOfCompletion(context, completion, modelId);
  }

  @FieldResolver(() => AssessmentConnection, { description: "The judgments of it alone, oldest first." })
  assessments(
    @Root() completion: CompletionRecord,
    @Args(() => ForwardPageArguments) args: ForwardPageArguments,
    @Ctx() { loaders }: Context,
  ): Promise<Page<AssessmentRecord>> {
    return assessmentsOfCompletion(loaders, completion, args);
  }
}
