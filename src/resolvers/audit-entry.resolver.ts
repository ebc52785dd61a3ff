import { Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { AuditEntryRecord } from "../entities/queries/audit-entries.js";
import { AuditEntry, AuditEntryConnection } from "../schema/audit-entry.js";
import { AuditLogArguments } from "../schema/list-arguments.js";
import { listAuditEntries } from "../services/api-wide-lists.js";
import type { Context } from "../services/context.js";
import { globalId } from "../services/global-id.js";
import type { Page } from "../services/page.js";

@Resolver(() => AuditEntry)
export class AuditEntryResolver {
  @Query(() => AuditEntryConnection, { description: "Who changed what, the latest first; for ADMIN and ANALYST." })
  auditLog(
    @Args(() => AuditLogArguments) args: AuditLogArguments,
    @Ctx() context: Context,
  ): Promise<Page<AuditEntryRecord>> {
    return listAuditEntries(context, args);
  }

  @FieldResolver(() => ID, { description: "The global, opaque id." })
  id(@Root() entry: AuditEntryRecord): string {
    return globalId("AuditEntry", entry.id);
  }
}
