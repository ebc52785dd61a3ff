import { Field, InputType } from "type-graphql";
import { ONCE } from "./job-inputs.js";

@InputType({ description: "A GPT-2 in Hugging Face's layout, in a folder below DATA_DIR/incoming of the server." })
export class ImportModelInput {
  @Field({ description: "The name that the model shall have." })
  name!: string;

  @Field({ description: "The folder's plain name. POST /models takes a tar instead." })
  folder!: string;

  @Field(() => String, { nullable: true, description: ONCE })
  idempotencyKey?: string | null;
}
