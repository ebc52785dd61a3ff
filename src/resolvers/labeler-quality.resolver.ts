import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Resolver, Root } from "type-graphql";
import type { LabelerFigures } from "../agreement/quality/quality-report.js";
import type { DatasetRecord } from "../entities/queries/datasets/datasets.js";
import type { LabelerRecord } from "../entities/queries/labelers/labelers.js";
import { AgreementInput, IntervalType } from "../schema/analysis/agreement.js";
import {
  LabelerQualityConnection,
  LabelerQualityReportType,
  LabelerQualityType,
  LabelerSignalType,
} from "../schema/analysis/labeler-quality.js";
import { ForwardPageArguments } from "../schema/arguments/page-arguments.js";
import { Dataset } from "../schema/dataset.js";
import { Labeler } from "../schema/labeler.js";
import { type LabelerQualityReport, labelerQuality } from "../services/analysis/labeler-quality.js";
import type { Context } from "../services/request/context.js";
import { type Page, pageOfArray } from "../services/request/page.js";

/** A report with the dataset and revision it was made under: what hangs on it is read under the same. */
type DatedReport = LabelerQualityReport & { readonly datasetId: string; readonly asOf: number };
type DatedLine = LabelerFigures & { readonly report: DatedReport };
type DatedSignal = LabelerFigures["signals"][number] & { readonly report: DatedReport };

@ArgsType()
class QualityPageArguments extends ForwardPageArguments {
  @Field(() => Boolean, { defaultValue: false, description: "Only labelers with a signal that is flagged." })
  flaggedOnly!: boolean;
}

@Resolver(() => Dataset)
export class DatasetLabelerQualityResolver {
  @FieldResolver(() => LabelerQualityReportType, {
    description:
      "Signals and models of each labeler's work: reasons for a person to look. tiePolicy has no effect here.",
  })
  async labelerQuality(
    @Root() dataset: DatasetRecord,
    @Arg("input", () => AgreementInput, { description: "Whose judgments of what are looked at." })
    input: AgreementInput,
    @Ctx() { database }: Context,
  ): Promise<DatedReport> {
    const report = await labelerQuality(database, { id: dataset.id, asOf: dataset.revision }, input);
    return { ...report, datasetId: dataset.id, asOf: dataset.revision };
  }
}

@Resolver(() => LabelerQualityReportType)
export class LabelerQualityReportResolver {
  @FieldResolver(() => LabelerQualityConnection, {
    description: "Every labeler with at least one work that counts, by id.",
  })
  byLabeler(
    @Root() report: DatedReport,
    @Args(() => QualityPageArguments) { flaggedOnly, ...page }: QualityPageArguments,
  ): Page<DatedLine> {
    const lines = report.byLabeler
      .filter(({ signals }) => !flaggedOnly || signals.some(({ flagged }) => flagged))
      .map((line) => ({ ...line, report }));
    return pageOfArray("labelerQuality.byLabeler", page, lines, (line) => [line.labelerId]);
  }
}

@Resolver(() => LabelerQualityType)
export class LabelerQualityResolver {
  @FieldResolver(() => Labeler)
  labeler(
    @Root() { labelerId, report: { datasetId, asOf } }: DatedLine,
    @Ctx() { loaders }: Context,
  ): Promise<LabelerRecord | null> {
    return loaders.labeler.load({ id: labelerId, datasetId, asOf });
  }

  @FieldResolver(() => IntervalType, { nullable: true })
  async ci95(@Root() { labelerId, report }: DatedLine): Promise<IntervalType | null> {
    const [interval] = await report.consensusIntervals([labelerId]);
    return interval ?? null;
  }

  @FieldResolver(() => Number, { nullable: true })
  accuracy(@Root() { accuracy }: DatedLine): number | null {
    return accuracy.value;
  }

  @FieldResolver(() => String, { nullable: true })
  accuracyReason(@Root() { accuracy }: DatedLine): string | null {
    return accuracy.reason;
  }

  @FieldResolver(() => Number, { nullable: true })
  reliability(@Root() { reliability }: DatedLine): number | null {
    return reliability.value;
  }

  @FieldResolver(() => String, { nullable: true })
  reliabilityReason(@Root() { reliability }: DatedLine): string | null {
    return reliability.reason;
  }

  @FieldResolver(() => [LabelerSignalType])
  signals(@Root() { signals, report }: DatedLine): DatedSignal[] {
    return signals.map((signal) => ({ ...signal, report }));
  }
}

@Resolver(() => LabelerSignalType)
export class LabelerSignalResolver {
  @FieldResolver(() => Labeler, { nullable: true })
  other(
    @Root() { otherLabelerId, report: { datasetId, asOf } }: DatedSignal,
    @Ctx() { loaders }: Context,
  ): Promise<LabelerRecord | null> | null {
    return otherLabelerId === null ? null : loaders.labeler.load({ id: otherLabelerId, datasetId, asOf });
  }
}
