import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Resolver, Root } from "type-graphql";
import type { LabelerQuality as QualityLine } from "../agreement/quality/quality-report.js";
import type { DatasetRecord } from "../entities/queries/datasets/datasets.js";
import type { LabelerRecord } from "../entities/queries/labelers/labelers.js";
import { AgreementInput, Interval } from "../schema/analysis/agreement.js";
import {
  LabelerQuality,
  LabelerQualityConnection,
  LabelerQualityReport,
  LabelerSignal,
} from "../schema/analysis/labeler-quality.js";
import { ForwardPageArguments } from "../schema/arguments/page-arguments.js";
import { Dataset } from "../schema/dataset.js";
import { Labeler } from "../schema/labeler.js";
import { labelerQuality, type LabelerQualityReport as Report } from "../services/analysis/labeler-quality.js";
import type { Context } from "../services/request/context.js";
import { type Page, pageOfArray } from "../services/request/page.js";

/** A report with the dataset and revision it was made under: what hangs on it is read under the same. */
type DatedReport = Report & { readonly datasetId: string; readonly asOf: number };
type DatedLine = QualityLine & { readonly report: DatedReport };
type DatedSignal = QualityLine["signals"][number] & { readonly report: DatedReport };

@ArgsType()
class QualityPageArguments extends ForwardPageArguments {
  @Field(() => Boolean, { defaultValue: false, description: "Only labelers with a signal that is flagged." })
  flaggedOnly!: boolean;
}

@Resolver(() => Dataset)
export class DatasetLabelerQualityResolver {
  @FieldResolver(() => LabelerQualityReport, {
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

@Resolver(() => LabelerQualityReport)
export class LabelerQualityReportResolver {
  @FieldResolver(() => LabelerQualityConnection, { description: "Every labeler with a work that counts, by id." })
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

@Resolver(() => LabelerQuality)
export class LabelerQualityResolver {
  @FieldResolver(() => Labeler)
  labeler(
    @Root() { labelerId, report: { datasetId, asOf } }: DatedLine,
    @Ctx() { loaders }: Context,
  ): Promise<LabelerRecord | null> {
    return loaders.labeler.load({ id: labelerId, datasetId, asOf });
  }

  @FieldResolver(() => Interval, { nullable: true })
  async ci95(@Root() { labelerId, report }: DatedLine): Promise<Interval | null> {
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

  @FieldResolver(() => [LabelerSignal])
  signals(@Root() { signals, report }: DatedLine): DatedSignal[] {
    return signals.map((signal) => ({ ...signal, report }));
  }
}

@Resolver(() => LabelerSignal)
export class LabelerSignalResolver {
  @FieldResolver(() => Labeler, { nullable: true })
  other(
    @Root() { otherLabelerId, report: { datasetId, asOf } }: DatedSignal,
    @Ctx() { loaders }: Context,
  ): Promise<LabelerRecord | null> | null {
    return otherLabelerId === null ? null : loaders.labeler.load({ id: otherLabelerId, datasetId, asOf });
  }
}
