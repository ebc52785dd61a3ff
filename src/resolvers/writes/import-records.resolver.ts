import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { ImportReport } from "../../schema/import-report.js";
import { ImportRecordsInput } from "../../schema/inputs/import-inputs.js";
import { importRecords } from "../../services/import/import-records.js";
import type { Context } from "../../services/request/context.js";

@Resolver()
export class ImportRecordsResolver {
  @Mutation(() => ImportReport, {
    description:
      "Imports a small batch of records: each is stored whole or not at all, and the report says which. ADMIN.",
  })
  importRecords(
    @Arg("input", () => ImportRecordsInput, { description: "The records." }) input: ImportRecordsInput,
    @Ctx() context: Context,
  ): Promise<ImportReport> {
    return importRecords(context, input) as Promise<ImportReport>;
  }
}
