import { Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { ApiKeyRecord } from "../entities/queries/api-keys.js";
import type { DatasetRecord } from "../entities/queries/datasets.js";
import type { LabelerRecord } from "../entities/queries/labelers.js";
import { ApiKey, ApiKeyConnection } from "../schema/api-key.js";
import { Dataset } from "../schema/dataset.js";
import { Labeler } from "../schema/labeler.js";
import { ForwardPageArguments } from "../schema/page-arguments.js";
import { listApiKeys } from "../services/api-wide-lists.js";
import type { Context } from "../services/context.js";
import { globalId } from "../services/global-id.js";
import { grantedDatasets, labelerOfKey } from "../services/key-facts.js";
import type { Page } from "../services/page.js";

@Resolver(() => ApiKey)
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, { description: "All API keys, revoked ones among them, oldest first; for ADMIN." })
  apiKeys(
    @Args(() => ForwardPageArguments) args: ForwardPageArguments,
    @Ctx() context: Context,
  ): Promise<Page<ApiKeyRecord>> {
    return listApiKeys(context, args);
  }

  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() key: ApiKeyRecord): string {
    return globalId("ApiKey", key.id);
  }

  @FieldResolver(() => Labeler, { nullable: true, description: "The labeler whom a key of role LABELER stands for." })
  labeler(@Root() key: ApiKeyRecord, @Ctx() { loaders }: Context): Promise<LabelerRecord | null> {
    return labelerOfKey(loaders, key);
  }

  @FieldResolver(() => [Dataset], {
    nullable: true,
    description: "The datasets that it is granted; null: its role reaches all of them.",
  })
  datasets(@Root() key: ApiKeyRecord, @Ctx() { loaders }: Context): Promise<DatasetRecord[] | null> {
    return grantedDatasets(loaders, key);
  }
}
