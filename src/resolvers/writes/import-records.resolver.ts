import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { ImportReportType } from "../../schema/import-report.js";
import { ImportRecordsInput } from "../../schema/inputs/import-inputs.js";
import { importRecords } from "../../services/import/import-records.js";
import type { Context } from "../../services/request/context.js";

@Resolver()
export class ImportRecordsResolver {
  @Mutation(() => ImportReportType, {
    description:
      "Imports a small batch of records: each is stored whole or not at all, and the report says which. ADMIN.",
  })
  importRecords(
    @Arg("input", () => ImportRecordsInput, { description: "The records." }) input: ImportRecordsInput,
    @Ctx() context: Context,
  ): Promise<ImportReportType> {
    return importRecords(context, input) as Promise<ImportReportType>;
  }
}
