import { Ctx, FieldResolver, Query, Resolver } from "type-graphql";
import type { DatasetRecord } from "../entities/queries/datasets/datasets.js";
import type { InstructionVersionRecord } from "../entities/queries/datasets/instruction-versions.js";
import type { LabelerRecord } from "../entities/queries/labelers/labelers.js";
import { Dataset } from "../schema/dataset.js";
import { InstructionVersion } from "../schema/instruction-version.js";
import { Labeler } from "../schema/labeler.js";
import { ViewerType } from "../schema/viewer.js";
import type { Viewer } from "../services/access/viewer.js";
import type { Context } from "../services/request/context.js";
import { ownDatasets, ownInstructions, ownLabeler } from "../services/request/own-facts.js";

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Query(() => ViewerType, { description: "Who asks." })
  viewer(@Ctx() { viewer }: Context): Viewer {
    return viewer;
  }

  @FieldResolver(() => Labeler, { nullable: true, description: "The labeler whom a key of role LABELER stands for." })
  labeler(@Ctx() context: Context): Promise<LabelerRecord | null> {
    return ownLabeler(context);
  }

  @FieldResolver(() => [Dataset], { description: "The datasets that the key may read, oldest first." })
  datasets(@Ctx() context: Context): Promise<DatasetRecord[]> {
    return ownDatasets(context);
  }

  @FieldResolver(() => [InstructionVersion], {
    description:
      "The instructions that a LABELER works under; none for other roles, who read them from their datasets.",
  })
  instructions(@Ctx() context: Context): Promise<InstructionVersionRecord[]> {
    return ownInstructions(context);
  }
}
