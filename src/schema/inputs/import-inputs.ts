import { Field, ID, InputType } from "type-graphql";
import { JSONObject } from "../scalars.js";

@InputType({ description: "A small batch of records; files go to POST /import." })
export class ImportRecordsInput {
  @Field(() => ID, { description: "The dataset that takes them." })
  datasetId!: string;

  @Field(() => [JSONObject], {
    description: "1 to 1,000 records, each as a line of the format: prompts, or declarations before their use.",
  })
  records!: Record<string, unknown>[];

  @Field({ defaultValue: "native", description: "The format of the records, named as in POST /import?format=." })
  format!: string;

  @Field(() => String, {
    nullable: true,
    description: "Sent again with the same key within 24 hours, the first result is returned.",
  })
  idempotencyKey?: string | null;
}
