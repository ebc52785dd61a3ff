import { Ctx, Query, Resolver } from "type-graphql";
import { ViewerType } from "../schema/viewer.js";
import type { Context } from "../services/context.js";
import type { Viewer } from "../services/viewer.js";

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Query(() => ViewerType, { description: "Who asks." })
  viewer(@Ctx() { viewer }: Context): Viewer {
    return viewer;
  }
}
