import { Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { AuditEntryRecord } from "../entities/queries/keys/audit-entries.js";
import { AuditLogArguments } from "../schema/arguments/list-arguments.js";
import { AuditEntry, AuditEntryConnection } from "../schema/audit-entry.js";
import { globalId } from "../services/input/global-id.js";
import { listAuditEntries } from "../services/reads/api-wide-lists.js";
import type { Context } from "../services/request/context.js";
import type { Page } from "../services/request/page.js";

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
