import { ArgsType, Field, ID, Int } from "type-graphql";
import { DEFAULT_PROMPT_ORDER, type LengthGrouping, type PromptOrder } from "../../vocabulary.js";
import { LengthGroupingEnum, PromptOrderEnum } from "../enums.js";
import { AuditFilter, LabelerFilter } from "./list-filters.js";
import { ForwardPageArguments, PageArgumentsBothWays } from "./page-arguments.js";
import { PromptFilter } from "./prompt-filter.js";
import { DemonstrationFilter, RankingFilter } from "./work-filters.js";

/** The arguments of a list of a dataset's records, which can be read as of an earlier revision. */
@ArgsType()
class RecordListArguments extends PageArgumentsBothWays {
  @Field(() => Int, {
    nullable: true,
    description: "Read as of this revision, from 0; the present one where not given.",
  })
  revision?: number | null;
}

@ArgsType()
export class PromptListArguments extends RecordListArguments {
  @Field(() => PromptFilter, { nullable: true, description: "Which prompts; all where not given." })
  filter?: PromptFilter | null;

  @Field(() => PromptOrderEnum, {
    nullable: true,
    defaultValue: DEFAULT_PROMPT_ORDER,
    description: "The order of the list; null means the default.",
  })
  orderBy?: PromptOrder | null;
}

@ArgsType()
export class RankingListArguments extends RecordListArguments {
  @Field(() => RankingFilter, { nullable: true, description: "Which rankings; all where not given." })
  filter?: RankingFilter | null;
}

@ArgsType()
export class DemonstrationListArguments extends RecordListArguments {
  @Field(() => DemonstrationFilter, { nullable: true, description: "Which demonstrations; all where not given." })
  filter?: DemonstrationFilter | null;
}

@ArgsType()
export class LabelerListArguments extends ForwardPageArguments {
  @Field(() => LabelerFilter, { nullable: true, description: "Which labelers; all where not given." })
  filter?: LabelerFilter | null;
}

@ArgsType()
export class AuditLogArguments extends ForwardPageArguments {
  @Field(() => AuditFilter, { nullable: true, description: "Which entries; all where not given." })
  filter?: AuditFilter | null;
}

@ArgsType()
export class LengthArguments {
  @Field(() => LengthGroupingEnum, { description: "How the texts are grouped." })
  by!: LengthGrouping;
}

@ArgsType()
export class DatasetArguments {
  @Field(() => ID, { nullable: true, description: "The id of the dataset." })
  id?: string | null;

  @Field(() => String, { nullable: true, description: "The slug of the dataset." })
  slug?: string | null;
}

@ArgsType()
export class ExternalIdArguments {
  @Field({ description: "The id that a prompt was imported or created under." })
  externalId!: string;
}

@ArgsType()
export class ExternalIdsArguments {
  @Field(() => [String], { description: "The ids that prompts were imported or created under, at most 1,000." })
  externalIds!: string[];
}

@ArgsType()
export class NodeArguments {
  @Field(() => ID, { description: "The global id." })
  id!: string;
}

@ArgsType()
export class NodesArguments {
  @Field(() => [ID], { description: "The global ids, at most 100." })
  ids!: string[];
}
