import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";

/**
 * A labeler's order of some of a prompt's completions, ties allowed.
 * completions [n]: positions within the prompt, best first, ascending within a tier; tiers [n]: the tier of each, from 1.
 */
@Entity("ranking")
export class RankingRow {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" }) id!: string;
  @Column({ name: "dataset_id", type: "bigint" }) datasetId!: string;
  @Column({ name: "prompt_id", type: "bigint" }) promptId!: string;
  @Column({ name: "labeler_id", type: "bigint" }) labelerId!: string;
  @Column({ name: "instruction_version_id", type: "bigint", nullable: true }) instructionVersionId!: string | null;
  @Column({ type: "integer" }) position!: number;
  @Column({ type: "smallint", array: true }) completions!: number[];
  @Column({ type: "smallint", array: true }) tiers!: number[];
  @Column({ name: "display_order", type: "smallint", array: true, nullable: true }) displayOrder!: number[] | null;
  @Column({ name: "strict_pairs", type: "integer" }) strictPairs!: number;
  @Column({ name: "duration_ms", type: "integer", nullable: true }) durationMs!: number | null;
  @Column({ type: "text", nullable: true }) note!: string | null;
  @Column({ name: "supersedes_id", type: "bigint", nullable: true }) supersedesId!: string | null;
  @Column({ name: "submitted_set", type: "uuid", nullable: true }) submittedSet!: string | null;
  @Column({ type: "uuid" }) identity!: string;
  @Column({ name: "created_at", type: "timestamptz" }) createdAt!: Date;
  @Column({ name: "created_at_given", type: "boolean" }) createdAtGiven!: boolean;
  @Column({ name: "added_in", type: "integer" }) addedIn!: number;
  @Column({ name: "removed_in", type: "integer", nullable: true }) removedIn!: number | null;
}
