import { Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { LabelerCountsRecord, LabelerRecord } from "../entities/queries/labelers.js";
import { Labeler, LabelerConnection, LabelerCounts } from "../schema/labeler.js";
import { LabelerListArguments } from "../schema/list-arguments.js";
import { listLabelers } from "../services/api-wide-lists.js";
import type { Context } from "../services/context.js";
import { globalId } from "../services/global-id.js";
import { countsOfLabeler } from "../services/own-facts.js";
import type { Page } from "../services/page.js";

@Resolver(() => Labeler)
export class LabelerResolver {
  @Query(() => LabelerConnection, { description: "All labelers, as they were registered; for ADMIN and ANALYST." })
  labelers(
    @Args(() => LabelerListArguments) args: LabelerListArguments,
    @Ctx() context: Context,
  ): Promise<Page<LabelerRecord>> {
    return listLabelers(context, args);
  }

  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() labeler: LabelerRecord): string {
    return globalId("Labeler", labeler.id);
  }

  @FieldResolver(() => LabelerCounts, { description: "What they have done, in the datasets that the viewer may see." })
  counts(@Root() labeler: LabelerRecord, @Ctx() context: Context): Promise<LabelerCountsRecord | null> {
    return countsOfLabeler(context, labeler);
  }
}
