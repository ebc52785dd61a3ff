import { Field, ID, InputType } from "type-graphql";
import { PromptFilter } from "../prompt-filter.js";
import { ONCE } from "./job-inputs.js";

@InputType({ description: "A reward model's scores of the completions of a dataset's prompts." })
export class ScoreInput {
  @Field(() => ID, { description: "The dataset; it is read as it is now, whatever changes later." })
  datasetId!: string;

  @Field(() => ID, { description: "The reward model." })
  modelId!: string;

  @Field(() => PromptFilter, { nullable: true, description: "Which prompts; those not excluded where not given." })
  promptFilter?: PromptFilter | null;

  @Field(() => [String], { nullable: true, description: "Completions of these sources only, 1,000 at most." })
  sources?: string[] | null;

  @Field(() => String, { nullable: true, description: ONCE })
  idempotencyKey?: string | null;
}
