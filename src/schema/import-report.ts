import { Field, Int, ObjectType } from "type-graphql";

@ObjectType("LineError", { description: "A line that was refused.", simpleResolvers: true })
export class LineErrorType {
  @Field(() => Int, { description: "The line's number in the file, or the record's place in the list, from 1." })
  line!: number;

  @Field({ description: "The rule that it breaks, and the value that breaks it." })
  message!: string;
}

@ObjectType("Loss", {
  description: "Something that the data says and the model has no place for.",
  simpleResolvers: true,
})
export class LossType {
  @Field({ description: "What is not kept." })
  what!: string;

  @Field(() => Int, { description: "How often." })
  count!: number;
}

@ObjectType("ImportReport", { description: "What became of the lines of an import.", simpleResolvers: true })
export class ImportReportType {
  @Field(() => Int, { description: "Prompts that were stored, or known ones that got something new." })
  accepted!: number;

  @Field(() => Int, { description: "Lines that were refused, and left nothing." })
  rejected!: number;

  @Field(() => Int, { description: "Prompts that say nothing new." })
  duplicates!: number;

  @Field(() => [LineErrorType], { description: "The first hundred refused lines." })
  errors!: LineErrorType[];

  @Field(() => [LossType], { description: "What the accepted lines say and the model has no place for." })
  losses!: LossType[];
}
