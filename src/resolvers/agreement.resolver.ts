import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Int, Resolver, Root } from "type-graphql";
import type { CoefficientTable } from "../agreement/report/coefficient-table.js";
import type { LabelerPairAgreement } from "../agreement/report/labeler-matrix.js";
import type { LabelerAgreement } from "../agreement/report/report.js";
import type { DatasetRecord } from "../entities/queries/datasets/datasets.js";
import type { LabelerRecord } from "../entities/queries/labelers/labelers.js";
import type { PromptRecord } from "../entities/queries/prompts/prompts.js";
import {
  AgreementInput,
  AgreementReportType,
  CoefficientTableType,
  IntervalType,
  LabelerAgreementConnection,
  LabelerAgreementType,
  LabelerPairAgreementConnection,
  LabelerPairAgreementType,
} from "../schema/analysis/agreement.js";
import { ForwardPageArguments } from "../schema/arguments/page-arguments.js";
import { Dataset } from "../schema/dataset.js";
import { CoefficientNameEnum } from "../schema/enums.js";
import { Labeler } from "../schema/labeler.js";
import { Prompt } from "../schema/prompt.js";
import { type AgreementReport, agreementReport } from "../services/analysis/agreement.js";
import type { Context } from "../services/request/context.js";
import { findDataset } from "../services/request/find-dataset.js";
import { type Page, pageOfArray } from "../services/request/page.js";
import type { CoefficientName } from "../vocabulary.js";

/** A report with the dataset and revision it was made under: what hangs on it is read under the same. */
type DatedReport = AgreementReport & { readonly datasetId: string; readonly asOf: number };
type DatedLine = LabelerAgreement & { readonly report: DatedReport };
type DatedTable = CoefficientTable & { readonly report: DatedReport };
type DatedPair = LabelerPairAgreement & { readonly report: DatedReport };

const labelerIn = ({ datasetId, asOf }: DatedReport, id: string) => ({ id, datasetId, asOf });

@ArgsType()
class AgreementArguments {
  @Field(() => AgreementInput, { description: "What is compared, and how." })
  input!: AgreementInput;
}

@ArgsType()
class LabelerAgreementArguments extends AgreementArguments {
  @Field(() => ID, { description: "In which dataset." })
  datasetId!: string;
}

@ArgsType()
class MatrixArguments extends ForwardPageArguments {
  @Field(() => Int, { defaultValue: 10, description: "Leave out pairs that share fewer units than this." })
  minUnits!: number;
}

@Resolver(() => AgreementReportType)
export class AgreementReportResolver {
  @FieldResolver(() => LabelerAgreementConnection, { description: "How each labeler agrees with all others." })
  byLabeler(
    @Root() report: DatedReport,
    @Args(() => ForwardPageArguments) page: ForwardPageArguments,
  ): Page<DatedLine> {
    const lines = report.byLabeler.map((line) => ({ ...line, report }));
    return pageOfArray("agreement.byLabeler", page, lines, (line) => [line.labelerId]);
  }

  @FieldResolver(() => LabelerPairAgreementConnection, { description: "How each pair of labelers agrees." })
  async matrix(
    @Root() report: DatedReport,
    @Args(() => MatrixArguments) { minUnits, ...page }: MatrixArguments,
  ): Promise<Page<DatedPair>> {
    const lines = (await report.matrix(minUnits)).map((line) => ({ ...line, report }));
    return pageOfArray("agreement.matrix", page, lines, (line) => [line.a, line.b]);
  }

  @FieldResolver(() => CoefficientTableType, {
    nullable: true,
    description:
      "The table behind a coefficient; null where it rests on ranks or variances and has none, or where it is not in the report.",
  })
  async table(
    @Root() report: DatedReport,
    @Arg("coefficient", () => CoefficientNameEnum, { description: "The coefficient whose table it is." })
    name: CoefficientName,
  ): Promise<DatedTable | null> {
    const table = await report.table(name);
    return table && { ...table, report };
  }

  @FieldResolver(() => [Prompt], { description: "The 20 prompts with the lowest percent agreement, lowest first." })
  async mostContested(@Root() report: DatedReport, @Ctx() { loaders }: Context): Promise<PromptRecord[]> {
    const keys = report.mostContested.map(({ promptId }) => ({ id: promptId, asOf: report.asOf }));
    const prompts = await Promise.all(keys.map((key) => loaders.prompt.load(key)));
    return prompts.filter((prompt) => prompt !== null);
  }
}

@Resolver(() => LabelerAgreementType)
export class LabelerAgreementResolver {
  @FieldResolver(() => Labeler)
  labeler(@Root() line: DatedLine, @Ctx() { loaders }: Context): Promise<LabelerRecord | null> {
    return loaders.labeler.load(labelerIn(line.report, line.labelerId));
  }

  @FieldResolver(() => IntervalType, { nullable: true })
  async ci95(@Root() line: DatedLine): Promise<IntervalType | null> {
    const [interval] = await line.report.labelerIntervals([line.labelerId]);
    return interval ?? null;
  }
}

@Resolver(() => CoefficientTableType)
export class CoefficientTableResolver {
  @FieldResolver(() => Labeler, { nullable: true })
  rows(@Root() table: DatedTable, @Ctx() { loaders }: Context): Promise<LabelerRecord | null> | null {
    return table.labelerIds && loaders.labeler.load(labelerIn(table.report, table.labelerIds[0]));
  }

  @FieldResolver(() => Labeler, { nullable: true })
  columns(@Root() table: DatedTable, @Ctx() { loaders }: Context): Promise<LabelerRecord | null> | null {
    return table.labelerIds && loaders.labeler.load(labelerIn(table.report, table.labelerIds[1]));
  }
}

@Resolver(() => LabelerPairAgreementType)
export class LabelerPairAgreementResolver {
  @FieldResolver(() => Labeler)
  a(@Root() line: DatedPair, @Ctx() { loaders }: Context): Promise<LabelerRecord | null> {
    return loaders.labeler.load(labelerIn(line.report, line.a));
  }

  @FieldResolver(() => Labeler)
  b(@Root() line: DatedPair, @Ctx() { loaders }: Context): Promise<LabelerRecord | null> {
    return loaders.labeler.load(labelerIn(line.report, line.b));
  }
}

@Resolver(() => Dataset)
export class DatasetAgreementResolver {
  @FieldResolver(() => AgreementReportType, {
    description: "How far the labelers agree, each coefficient with an interval.",
  })
  async agreement(
    @Root() dataset: DatasetRecord,
    @Args(() => AgreementArguments) { input }: AgreementArguments,
    @Ctx() { database }: Context,
  ): Promise<DatedReport> {
    return datedReport(database, dataset, input);
  }
}

@Resolver(() => Labeler)
export class LabelersAgreementResolver {
  @FieldResolver(() => LabelerAgreementType, {
    nullable: true,
    description:
      "How they agree with all others in a dataset as it is now; null where they judged nothing in it, or the viewer may not see it.",
  })
  async agreement(
    @Root() { id }: LabelerRecord,
    @Args(() => LabelerAgreementArguments) { datasetId, input }: LabelerAgreementArguments,
    @Ctx() context: Context,
  ): Promise<DatedLine | null> {
    const dataset = await findDataset(context, { id: datasetId }, "datasetId");
    const report = dataset && (await datedReport(context.database, dataset, input));
    const line = report?.byLabeler.find(({ labelerId }) => labelerId === id);
    return report && line ? { ...line, report } : null;
  }
}

async function datedReport(
  database: Context["database"],
  { id, revision }: DatasetRecord,
  input: AgreementInput,
): Promise<DatedReport> {
  const report = await agreementReport(database, { id, asOf: revision }, input);
  return { ...report, datasetId: id, asOf: revision };
}
