import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";
import type { OutputLabel } from "../vocabulary.js";

/** A judgment of one completion alone; ranking_id where it was given with a ranking. */
@Entity("assessment")
export class AssessmentRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ name: "prompt_id", type: "bigint" }) promptId!: string;
  @Column({ name: "completion_id", type: "bigint" }) completionId!: string;
  @Column({ name: "labeler_id", type: "bigint" }) labelerId!: string;
  @Column({ name: "ranking_id", type: "bigint", nullable: true }) rankingId!: string | null;
  @Column({ name: "instruction_version_id", type: "bigint", nullable: true }) instructionVersionId!: string | null;
  @Column({ type: "integer" }) position!: number;
  @Column({ type: "smallint", nullable: true }) overall!: number | null;
  @Column({ type: "jsonb", default: {} }) labels!: Partial<Record<OutputLabel, boolean | null>>;
  @Column({ name: "toxicity_input", type: "smallint", nullable: true }) toxicityInput!: number | null;
  @Column({ name: "toxicity_output", type: "smallint", nullable: true }) toxicityOutput!: number | null;
  @Column({ name: "toxicity_relative", type: "smallint", nullable: true }) toxicityRelative!: number | null;
  @Column({ type: "smallint", nullable: true }) continuity!: number | null;
  @Column({ type: "uuid" }) identity!: string;
  @Column({ name: "created_at", type: "timestamptz" }) createdAt!: Date;
  @Column({ name: "created_at_given", type: "boolean" }) createdAtGiven!: boolean;
  @Column({ name: "added_in", type: "integer" }) addedIn!: number;
  @Column({ name: "removed_in", type: "integer", nullable: true }) removedIn!: number | null;
}
