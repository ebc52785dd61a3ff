import { Arg, Args, Ctx, Mutation, Resolver } from "type-graphql";
import type { CompletionRecord } from "../../entities/queries/completions/completions.js";
import type { PromptRecord } from "../../entities/queries/prompts/prompts.js";
import { Completion } from "../../schema/completion.js";
import { SubmitCompletionsInput } from "../../schema/inputs/completion-inputs.js";
import {
  AnnotatePromptsInput,
  CreatePromptsInput,
  ExcludePromptsInput,
  RestorePromptsArguments,
} from "../../schema/inputs/prompt-inputs.js";
import { Prompt } from "../../schema/prompt.js";
import { changedRows } from "../../services/request/changed-rows.js";
import type { Context } from "../../services/request/context.js";
import { annotatePrompts, excludePrompts, restorePrompts } from "../../services/writes/change-prompts.js";
import { createPrompts } from "../../services/writes/create-prompts.js";
import { submitCompletions } from "../../services/writes/submit-completions.js";

@Resolver()
export class PromptWritesResolver {
  @Mutation(() => [Prompt], { description: "Stores new prompts in their order, all or none. ADMIN." })
  async createPrompts(
    @Arg("input", () => CreatePromptsInput, { description: "The prompts." }) input: CreatePromptsInput,
    @Ctx() context: Context,
  ): Promise<PromptRecord[]> {
    return changedRows(context.loaders, context.loaders.prompt, await createPrompts(context, input));
  }

  @Mutation(() => [Prompt], {
    description: "Changes what is said about prompts: use case, language, traits, stages. ADMIN.",
  })
  async annotatePrompts(
    @Arg("input", () => AnnotatePromptsInput, { description: "What is said." }) input: AnnotatePromptsInput,
    @Ctx() context: Context,
  ): Promise<PromptRecord[]> {
    return changedRows(context.loaders, context.loaders.prompt, await annotatePrompts(context, input));
  }

  @Mutation(() => [Prompt], { description: "Leaves prompts out of stages, for a reason. ADMIN." })
  async excludePrompts(
    @Arg("input", () => ExcludePromptsInput, { description: "Which prompts, and why." }) input: ExcludePromptsInput,
    @Ctx() context: Context,
  ): Promise<PromptRecord[]> {
    return changedRows(context.loaders, context.loaders.prompt, await excludePrompts(context, input));
  }

  @Mutation(() => [Prompt], { description: "Takes the exclusion of prompts back. ADMIN." })
  async restorePrompts(
    @Args(() => RestorePromptsArguments) args: RestorePromptsArguments,
    @Ctx() context: Context,
  ): Promise<PromptRecord[]> {
    return changedRows(context.loaders, context.loaders.prompt, await restorePrompts(context, args));
  }

  @Mutation(() => [Completion], {
    description:
      "Stores outputs of a model, all or none; a sample submitted again is a new version under a new key. ADMIN, and CLIENT in its datasets.",
  })
  async submitCompletions(
    @Arg("input", () => SubmitCompletionsInput, { description: "The completions." }) input: SubmitCompletionsInput,
    @Ctx() context: Context,
  ): Promise<CompletionRecord[]> {
    return changedRows(context.loaders, context.loaders.completion, await submitCompletions(context, input));
  }
}
